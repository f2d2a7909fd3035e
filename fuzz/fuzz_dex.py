"""Fuzz Dalvik executables, and the walk of their code.

Run with `python fuzz/fuzz_dex.py CORPUS`; needs atheris. A finding is any exception but keypin's
own.
"""

import sys
import zlib
from base64 import b85decode

from keypin.audit.callsites import pins_in_code
from keypin.audit.dex import dex_files
from keypin.errors import InputError

# What smali makes of two classes with pins in arrays, fields and string builders.
SEED = zlib.decompress(
    b85decode(
        "c-nQ9O>7%Q6oB8Xy-wV?P2!d&acOaWpwK{f9ozYlTZA3OKgs&vwbQ_X^?I?_Kf4=yjqM1D9($w`LZGTrPo+Xgph`$V"
        "R4PJ<3za||dg8<haYf=%iSqU*aSCOmZ{O3*dvD&%?7XRn{bQ^@2)DNOpS*wP(dQ3t-VgnC>R$h&FTd+ODi-JaBLFG@"
        "^os#ESnZ($-~yQa$B=0PFpBaGls1&NQ65LRkCH;^#m_Vi@HS<lAh(cDkuQ+1kbUGE<N@+M@+0yK@(1!a;>N(QAvr`r"
        "x=0^+54nMSh<t*4hTKEGMjj$RA-^GiB9D=Cc7XH9TgVOM2jnrrVtyi`AZ^5Ht!)f(fw`U&$T%{A=$mm0%yr{3;RAZ8"
        "_ff|!0=u<exP^dSaLuxD9I+X(Y}{5Xy`8l5>$($0F$88b3HpB8t+)<jZ}pxt)+{eu{jXSgJZDH^ND8BzGxBg4XGG(7"
        "+K?2SH@wV#2Sz__NE&9WeDqj0OMik*mv=Dvk7@IKpEdq1j^D)b;}<T9eZHkO#fwV23a<u>IWdt-#Wy2Tu3yYo(}hB6"
        "xm?-YX{bAF%U9c8EM+ReMuy8KFT?01p()9d_BuE&nbICl=L<l#fN(%@9N0Mg&>YW{LxvDSaGDd87Gq7ybZUyqq(m(Q"
        "Zm!P1%QH=0t}^LzT@?P+m)F{oTn)j@fBGU_saX-*A(-csMorUHKeH~jHR&Bm;59KL$+Fm9I5ax*|3)FOXA-GAkRnh;"
        "4o<%LjOhsvHoj7UabA@Uw+>eX4qjD7xdL=qp9v-fMeb-%S&$k`HWj5K9`?$j2IDF}csh`3Bm=XZ8t-FTkrY!X#AGop"
        "F2#4*K{U3Q&uKw9xs$yNBWSV|TxP&;DeJ+-rn<AD3B_KkmrW#voR%qfvRa7?N49I(J+UtHY%d;duj26?IF%Hslp7?{"
        "#T36L)%b`Y<?`z*+wpo+x|&}r_O8UziEbs3iTGBBPFJ~_uW}`~Hdx-O^L{qh4$CW>TXH!YW4ap}muy6;(dbgNE7ht)"
        "Cn47DhqnjO?P#OaTJ{OiKs;00Ud^+ec7CnS^7-8q+X#d+i-GXasm-(!jhJ8DP>Yq;VwY(sjL_@vrIU)U+z1o~@kBE+"
        "kjhdxxG{9<2eNya{Q9bo-3l^7vR-C`*;b(8kMx3j5joH-RML#RQDO>}0RG3CVjeG$K9GTVYxSG$H13Ywx<ll!-wtHz"
        "MKa}q!)70<Mosd-OW+}Mu;6uKJ#vAB-Y2XW2hC>Koi*x)14j<-=p3?ZSh}E02*_CcXfj99piYcn1|FLiWbY^}p++oC"
        "o^axbi}GL)nYBZZI$_nHVU6>^^T-Rxf{_b-q%NE_=5^o<dR2AL&QChQjnQTyX(N=|?Xk@pnunUg_+#KDE}YY4<Tz<m"
        "J(wXLxPHxkcZ`hwJVu<qBllf;eWN@M=dUiaKEshc(B;89MICvoY%qMU>@a+@Xc)d*4j8^&l-G=-zg=X)^wH}#?KN%m"
        "I%u0P_1mZuuNmvE{;_QIdZ|Ag#Ckvf0gjST9{"
    )
)


def one_input(data: bytes) -> None:
    """Read `data` as an executable, and as changes to one: two bytes of place, one of value."""
    changed = bytearray(SEED)
    for index in range(0, len(data) - 2, 3):
        changed[int.from_bytes(data[index : index + 2], "big") % len(SEED)] = data[index + 2]
    for file in (data, bytes(changed)):
        try:
            for dex in dex_files(file):
                pins_in_code(dex)
        except InputError:
            continue


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
