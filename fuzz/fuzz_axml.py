"""Fuzz Android's compiled XML and resource tables, and their protobuf twins in bundles.

Run with `python fuzz/fuzz_axml.py CORPUS`; needs atheris. A finding is any exception but keypin's
own.
"""

import sys
import zlib
from base64 import b85decode
from contextlib import suppress

from keypin.audit.arsc import read_arsc
from keypin.audit.axml import read_axml
from keypin.audit.bundle import read_proto_table, read_proto_xml
from keypin.audit.configuration import read_network_security_config
from keypin.audit.gathered import Gathered
from keypin.errors import InputError

# What aapt2 makes of a network security configuration and a table of three resources.
DOCUMENTS = tuple(
    zlib.decompress(b85decode(text))
    for text in (
        (
            "c-oy)-EI;=82z>jEb>o9Ym;7jr9~;GrA=%MHDYTa0<BuTTZRFqz$}@a74SwA-@t31!CP;A1Yf}?&<8NlZ)Ha|n<X(0"
            "oSoT|@0|0^?yL@R_!tGyU<-a|0N24AxR$USX~ca*4dEc(BR(KLAwDC%Aig5LA-*GiB68?)3vqyWfH*-sMO+{Th(w}X"
            "Dp!i79sI-g_QT!Vqsgm^B+sYgY3rmx+OpZPTk=J{dUP>py`h)fEKQGVV!v?+hH-XWEtYrpQ24Sw*y%oNAI$eoFU@<U"
            "wy5&TlT+SlJ-+KalJ&;$s9&p<YYrRq4<VWCm^LjEi}zR`QYk`(WIaYqNp0BNBqM4HNoVq0m_4MMRE(LFv<tCVm-VSF"
            "-Gwza8HaRwu~2524COsb5ZYv%Gv3E6Iy1+U5xqmKF>aU6CQO);Sse0t#>vR((le*CaIs-ygHt)R#IR^n;s_?^%Qmgo"
            "R0!5}t!>ct3C0@+Ua?f-y)6j#WzTI%$Jmz?jxCEOCj(2^kj?(NA2O-@0N!bFeDeTnS`KcyGvb#wGPo|_PYqS0`)VTp"
            "P*Vu0sRwGJUd@_U<8oPV#{Sk--TIQllcT-W(d$Ntmz%M_B17|KxPDg==%>5$D!(wku!4{H@*_U}N=Sapw@2{lqCQ<b"
            "M3)Xcn+WQ*e7dCXn^ipqJyllB$LB+`Qr<eg*ydlI;nU?pbcT1HT%9|s9+gfD=`rZ3vf}@lrF42oR?t)N!RMiRNci|`"
            "Aw47l??m|pb&3z34aEn)!QTc)j*$"
        ),
        (
            "c-n<hO;Zyw7<RYY-I7uW@t|asVOF_BDy0aBjx&H`MFgaP_%UA6G;ITIwv(h5JaORS!5I%+Jopp5`rAC3W(C2EGdu5W"
            "KAx{PFE|VF4arSEQHMp%Sx*UbTx5xCh$hLS449n6LC%Nc<fjLIcsO69nxCJ4_rRHl3r6*{DN@N=iPGc)*u%q&D<c|$"
            "QNwjSfrgWhTq#lK+d^s_SOAaxT&5g6@|V5%F3M=daI~ywe}++a0>KD8IXV3m;V|8`E;4X}Oo7|~uoqHvsE@Vb9e3@O"
            "tD~;^WH?QcwTsUl`4)h$0WQ>&4i)lGka!x6vo@#7@FTOQXv1=EbJY>X@H);mXj>2b2F~v_Qb1Wt=o%BiIkFB`ahUSO"
            "chH!Stlg{g-Cix-`<pkL<|Wrro*&Upx6SXfWZ*apr(6v#Q)l54`Qn39A4gs5RC5#GM1UW4g`!3z5`%K7yjU#F+K-H)"
            "$l)9^gi~Z6Y~hT>#bYR}ize3wN4sk)#q#_Dd4Q&$&fjZy-!B@r-|zIRFE-hZ*{<oTd9$&y`nFa5#1AAb_17xu;pP*|"
            "7{ObvhF66mxb;7wcN?wQ`s<yg<As+8bgs0cR^;OPOIfQvpXog_8=Hr#%}S+Q>4{czAe3`LIV*Ij6FIo$QeA1!5F8<o"
            "!5kiS(|0J$`CCq+5iT2vVuN9mLN+h@57PcyFtA(~!wulHdr6-RArIK!JVe;f`M&|CUbdn"
        ),
    )
)
TABLES = tuple(
    zlib.decompress(b85decode(text))
    for text in (
        (
            "c-q}kJqyAx6ucx<RHSuqP;qc{N>LX_e}JQdYbiyAR!bGz&A;xYt)zlD>EeUq-ba#ydy(j&P=J8J1Y0u8D%hOCMw=KB"
            "jx*N_y@cy#(Z$b#+z$htMhQI6G>RnlPtjGAd00-xkPqIOhBzaEMuY+ZvlKCNjSCK(r1<xkii%@ld&cuk({sFf-X+H6"
            "JfmkhvljijvO3~~eK{%UWn90t`mjHT=$MtrFn|y@D8)UQx{m>#f1ti9x7>>D?TGakJZM{10#;kT(Uw2Z7PU4S+UkwA"
            "`hm8rwGBT2DU>46"
        ),
        (
            "c-mb~K~BRk5M0O5f{|Lw1%XT@qHv&8#c9(6;@BT>-~%SHnm`gqaVWj<E8fRCAR%?7m1k#myu;pDPGAZ-035+z5r75!"
            "7sWouzWW_Vqt>{%)t_;yRbwjP+!H%pe&FNOzA9ln_7tMHHeJtPiEqM!lP|$jTPd^GRZ|+}a@)u?@<dSlQ_dKOAk{Ju"
            "kW3L@c_|We&JNDXB`Sd!xUMbgt&DJ&?0VZJ!U-Fo=&h$>$c|SkQET~#4k{?dkqg|Rn5{S5;Bf7==wd!$htWBW5_Y?("
            "v(^?_xN**O;j>QP^%n1jFV>dfOzWn*7iWoDJw0URwb1ns_0L68"
        ),
    )
)


def one_input(data: bytes) -> None:
    """Read `data` as each of the four, and as changes to one: two bytes of place, one of value."""
    for read, seed in zip((read_axml, read_proto_xml), DOCUMENTS, strict=True):
        for file in (data, changed(seed, data)):
            with suppress(InputError):
                root = read(file)
                read_network_security_config(root, root.to_text(), "fuzz", Gathered())
    for read_table, seed in zip((read_arsc, read_proto_table), TABLES, strict=True):
        for file in (data, changed(seed, data)):
            with suppress(InputError):
                table = read_table(file)
                for number in tuple(table.names):
                    table.texts(number)


def changed(seed: bytes, data: bytes) -> bytes:
    """Return a valid file with the changes that `data` says."""
    file = bytearray(seed)
    for index in range(0, len(data) - 2, 3):
        file[int.from_bytes(data[index : index + 2], "big") % len(seed)] = data[index + 2]
    return bytes(file)


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
