"""How long an audit of an app of 100 MB takes, and how much memory, beside what others do with it.

    python bench/bench_audit.py [MEGABYTES]

The app is made here: Dalvik code assembled by smali from thousands of classes, of which one has
pins, native libraries of this machine, and assets that do not compress. The peers read the same
file: `strings`, which finds texts and says of no pin whose it is, and androguard where
KEYPIN_ANDROGUARD names a Python that has it. Exit code 1 where a target is missed.
"""

import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

MEGABYTES = int(sys.argv[1]) if len(sys.argv) > 1 else 100
SECONDS, MEMORY = 20, 500  # the targets: seconds, and MB of resident memory at most
CLASSES, METHODS, DEX_FILES = 3_000, 12, 8

PINS = [f"sha256/{letter * 42}A=" for letter in "BC"]
APPEND = "Ljava/lang/StringBuilder;->append(Ljava/lang/String;)Ljava/lang/StringBuilder;"
BUILDER = "Lokhttp3/CertificatePinner$Builder;"
ADD = f"{BUILDER}->add(Ljava/lang/String;[Ljava/lang/String;){BUILDER}"
ANDROGUARD = """
import sys
from loguru import logger
logger.remove()
from androguard.misc import AnalyzeAPK
_, _, analysis = AnalyzeAPK(sys.argv[1])
print(sum(str(one.get_value()).startswith("sha256/") for one in analysis.get_strings()))
"""


def classes(folder: Path) -> None:
    """Write the sources of classes of no interest, and of one with pins."""
    for number in range(CLASSES):
        methods = "".join(method(number, index) for index in range(METHODS))
        name = f"Lapp/part{number % 50}/C{number};"
        text = f".class public {name}\n.super Ljava/lang/Object;\n{methods}"
        (folder / f"C{number}.smali").write_text(text, encoding="utf-8")
    (folder / "Net.smali").write_text(PINNER.format(*PINS, add=ADD), encoding="utf-8")


def method(number: int, index: int) -> str:
    """Return a method that builds a text and calls another."""
    after = (number + 1) % CLASSES
    callee = f"Lapp/part{after % 50}/C{after};->m{index}(I)Ljava/lang/String;"
    return f"""
.method public static m{index}(I)Ljava/lang/String;
    .registers 4
    new-instance v0, Ljava/lang/StringBuilder;
    invoke-direct {{v0}}, Ljava/lang/StringBuilder;-><init>()V
    const-string v1, "a text of class {number}, method {index}, at https://part{number}.example/"
    invoke-virtual {{v0, v1}}, {APPEND}
    if-eqz p0, :end
    add-int/lit8 v2, p0, {index}
    invoke-static {{v2}}, {callee}
    :end
    invoke-virtual {{v0}}, Ljava/lang/StringBuilder;->toString()Ljava/lang/String;
    move-result-object v0
    return-object v0
.end method
"""


PINNER = """
.class public Lapp/Net;
.super Ljava/lang/Object;
.method public static pinner(Lokhttp3/CertificatePinner$Builder;)V
    .registers 5
    const/4 v0, 0x2
    new-array v0, v0, [Ljava/lang/String;
    const/4 v1, 0x0
    const-string v2, "{}"
    aput-object v2, v0, v1
    const/4 v1, 0x1
    const-string v2, "{}"
    aput-object v2, v0, v1
    const-string v1, "api.example.com"
    invoke-virtual {{p0, v1, v0}}, {add}
    return-void
.end method
"""


def libraries() -> Iterator[Path]:
    """Yield native libraries of this machine, the largest first."""
    found = {path.resolve() for path in Path("/usr/lib").rglob("*.so*") if path.is_file()}
    yield from sorted(found, key=lambda path: path.stat().st_size, reverse=True)


def build(folder: Path) -> Path:
    """Return the app."""
    (folder / "smali").mkdir()
    classes(folder / "smali")
    dex = folder / "classes.dex"
    subprocess.run(["smali", "assemble", "-o", str(dex), str(folder / "smali")], check=True)
    app = folder / "app.apk"
    with zipfile.ZipFile(app, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(DEX_FILES):
            archive.write(dex, f"classes{number + 1 if number else ''}.dex")
        for number, library in enumerate(libraries()):
            if app.stat().st_size > MEGABYTES * 600_000:
                break
            archive.write(library, f"lib/x86_64/{number}-{library.name}.so")
        number = 0
        while app.stat().st_size < MEGABYTES * 1_000_000:
            archive.writestr(f"assets/data{number}.bin", os.urandom(4_000_000))
            number += 1
    return app


def measured(*command: str) -> tuple[float, float, str]:
    """Return the seconds, the MB of resident memory at most, and the output of a command."""
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - as asked for above
        output = process.stdout.read()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return time.perf_counter() - began, usage.ru_maxrss / 1024, output


def main() -> None:
    """Build the app, measure, and print the table."""
    if shutil.which("smali") is None:
        print("Audit: not measured, for smali (Debian's libsmali-java) is not installed")
        return
    with TemporaryDirectory() as name:
        app = build(Path(name))
        unpacked = sum(row.file_size for row in zipfile.ZipFile(app).infolist())
        print(
            f"Audit of an app of {app.stat().st_size / 1e6:.0f} MB, {unpacked / 1e6:.0f} MB "
            f"unpacked, {DEX_FILES} dex files"
        )
        peers = {
            "keypin audit": (sys.executable, "-m", "keypin", "audit", "--json", str(app)),
            "unzip | strings": ("bash", "-c", f"unzip -p {app} | strings -n 20 | grep -c sha256/"),
        }
        if androguard := os.environ.get("KEYPIN_ANDROGUARD"):
            peers["androguard"] = (androguard, "-c", ANDROGUARD, str(app))
        own, missed = 0.0, False
        print(f"{'command':<18} {'s':>6} {'MB':>6} {'ratio':>6}")
        for peer, command in peers.items():
            seconds, memory, output = measured(*command)
            if peer == "keypin audit":
                own, missed = seconds, seconds > SECONDS or memory > MEMORY
                missed |= output.count('"host": "api.example.com"') < len(PINS)
            print(f"{peer:<18} {seconds:6.1f} {memory:6.0f} {seconds / own:6.1f}")
    print(f"target {SECONDS} s and {MEMORY} MB: {'MISSED' if missed else 'ok'}")
    sys.exit(missed)


if __name__ == "__main__":
    main()
