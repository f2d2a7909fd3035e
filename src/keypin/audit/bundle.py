"""An app bundle's manifest, XML and resources: Protocol Buffers in the place of binary XML.

Follows `Resources.proto` of AOSP's aapt2 (package `aapt.pb`), by its field numbers.
"""

from keypin.audit.resources import Reference, ResourceTable
from keypin.audit.tree import MAX_LEVELS, Attribute, Element
from keypin.audit.unreadable import UnreadableError
from keypin.audit.wire import Message

# As for the compiled forms: `keypin.audit.axml.MAX_AXML`, `keypin.audit.arsc.MAX_ARSC`.
MAX_PROTO_XML = 16 * 1024 * 1024
MAX_PROTO_TABLE = 64 * 1024 * 1024

# XmlNode and XmlElement
_NODE_ELEMENT, _NODE_TEXT, _NODE_SOURCE = 1, 2, 3
_ELEMENT_NAME, _ELEMENT_ATTRIBUTE, _ELEMENT_CHILD = 3, 4, 5
# XmlAttribute: namespace_uri, name, value, compiled_item; Item: ref, str, raw_str, file, prim
_NAMESPACE, _NAME, _VALUE, _COMPILED = 1, 2, 3, 6
_ITEM_REFERENCE, _ITEM_STRING, _ITEM_RAW, _ITEM_FILE = 1, 2, 3, 5
_REFERENCE_ID, _REFERENCE_NAME = 2, 3
# ResourceTable, Package, Type, Entry, ConfigValue, Value
_PACKAGE, _PACKAGE_ID, _TYPE = 2, 1, 3
_TYPE_ID, _TYPE_NAME, _ENTRY = 1, 2, 3
_ENTRY_ID, _ENTRY_NAME, _CONFIG_VALUE = 1, 2, 6
_CONFIG_VALUE_VALUE, _VALUE_ITEM = 2, 4


def read_proto_xml(data: bytes) -> Element:
    """Return the root of a document in aapt2's protobuf.

    Raises:
        UnreadableError: it is none, or broken.
    """
    if len(data) > MAX_PROTO_XML:
        raise UnreadableError(f"{len(data)} bytes", expected=f"at most {MAX_PROTO_XML}")
    root = _node(Message(data), 0)
    if not isinstance(root, Element):
        raise UnreadableError("has no element")
    return root


def _node(node: Message, level: int) -> Element | str:
    element = node.message(_NODE_ELEMENT)
    if element is None:
        return node.text(_NODE_TEXT)
    if level > MAX_LEVELS:
        raise UnreadableError(f"has more than {MAX_LEVELS} levels of elements")
    source = node.message(_NODE_SOURCE)
    return Element(
        element.text(_ELEMENT_NAME),
        tuple(map(_attribute, element.messages(_ELEMENT_ATTRIBUTE))),
        source.number(1) if source else None,
        [_node(child, level + 1) for child in element.messages(_ELEMENT_CHILD)],
    )


def _attribute(found: Message) -> Attribute:
    item = found.message(_COMPILED)
    reference = item.message(_ITEM_REFERENCE) if item else None
    return Attribute(
        found.text(_NAME),
        found.text(_VALUE),
        found.text(_NAMESPACE),
        _reference(reference) if reference else None,
    )


def _reference(reference: Message) -> int | str:
    return reference.number(_REFERENCE_ID) or reference.text(_REFERENCE_NAME)


def read_proto_table(data: bytes) -> ResourceTable:
    """Return the resources of a module of a bundle.

    Raises:
        UnreadableError: the table is none, or broken.
    """
    if len(data) > MAX_PROTO_TABLE:
        raise UnreadableError(f"{len(data)} bytes", expected=f"at most {MAX_PROTO_TABLE}")
    table = ResourceTable()
    for package in Message(data).messages(_PACKAGE):
        high = _identifier(package, _PACKAGE_ID) << 24
        for kind in package.messages(_TYPE):
            first = high | _identifier(kind, _TYPE_ID) << 16
            for entry in kind.messages(_ENTRY):
                number = first | _identifier(entry, _ENTRY_ID)
                _add(table, number, f"{kind.text(_TYPE_NAME)}/{entry.text(_ENTRY_NAME)}", entry)
    return table


def _identifier(message: Message, field: int) -> int:
    found = message.message(field)
    return found.number(1) if found else 0


def _add(table: ResourceTable, number: int, name: str, entry: Message) -> None:
    table.add(number, name, None)
    for config in entry.messages(_CONFIG_VALUE):
        value = config.message(_CONFIG_VALUE_VALUE)
        item = value.message(_VALUE_ITEM) if value else None
        if item is not None:
            table.add(number, name, _item(item))


def _item(item: Message) -> str | Reference | None:
    if (reference := item.message(_ITEM_REFERENCE)) is not None:
        return Reference(reference.number(_REFERENCE_ID))
    for field in (_ITEM_STRING, _ITEM_RAW, _ITEM_FILE):
        if (found := item.message(field)) is not None:
            return found.text(1)
    return None
