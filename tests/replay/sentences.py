"""The sentences of the source that evenings enact and a season claims, word for word."""

SENTENCES = (
    (
        "As of June 30, three of the Top 5 Twitter Spaces with the most listeners in the world "
        "have included K-pop artists."
    ),
    (
        "Fans of artists like NCT (@NCTsmtown), TWICE (@JYPETWICE), BamBam (@BamBam1A), LOONA "
        "(@loonatheworld), and MonstaX (@OfficialMonstaX) among many others, have been able to "
        "listen to their favorites via live audio."
    ),
    (
        "GOT7 BamBam (@BamBam1A) set the record for the most listened-to Space since launch, with"
        " his Space on June 9 (https://twitter.com/BamBam1A/status/1402624948124798976)."
    ),
    (
        "NCT (@NCTsmtown) was the first K-pop artist to host a Space, and set the record for the "
        "most listened-to Space before Spaces even launched to the public "
        "(https://twitter.com/NCTsmtown/status/1369945981567922176)."
    ),
    (
        "TWICE (@JYPETWICE) was the first K-pop girl group to host a Space and connect with their"
        " fans, when they led an “After Party” Space of the comeback premiere live-streaming of "
        "Taste of Love on June 9 (https://twitter.com/JYPETWICE/status/1400829738793332742)."
    ),
    (
        "In addition to the firsts set by the above artists, other firsts include Sandara Park "
        "(@krungy21, 2NE1) becoming the first K-pop artist to join a Space as a speaker, and to "
        "have an interactive Q&A with fans on March 8."
    ),
    (
        "#KCON:TACT (KCON (@KCON_official) became the first series of K-pop talk shows on Spaces,"
        " established with two K-pop artists with pairings like ONF (@WM_ONOFF) and ONEUS "
        "(@official_ONEUS), SF9 (@SF9official) and P1Harmony (@P1H_official)."
    ),
    ("K-pop artists also use #TwitterBlueroom to connect with their fans via livestreamed Q&A."),
    (
        "ENHYPEN (@ENHYPEN) went live on Spaces immediately before going Live on "
        "#TwitterBlueroom, giving fans who were waiting for the Blueroom a to connect with the "
        "group."
    ),
    (
        "ASTRO (@offclASTRO) used Spaces as an after party, going live on #TwitterBlueroom, then "
        "switching to Twitter Spaces after the Blueroom finished."
    ),
    (
        "As Twitter’s recent research “K-pop Generations Analysis by Twitter Usage” shows, K-pop "
        "artists are now utilizing Twitter even before their public debuts to drive excitement "
        "and gain fans, like new K-pop boy group JUST B (@JUSTB_twt), which debuted at the end of"
        " June."
    ),
    (
        "Influential Korean film magazine Cine21 (@cine21_editor) hosted a Space for six "
        "prominent movie journalists around the 2021 #Oscars, where the journalists shared their "
        "predictions and analysis live, as well as discussed major moments like Minari star "
        "Yuh-Jung Youn’s win."
    ),
    (
        "In another K-culture Space, before the #TwitterBlueroom live-streaming for the Korean "
        "movie The Book of Fish, the film’s actors Seol Gyeong-gu and Byun Yo-han, and film "
        "director Lee Joon-ik joined a Twitter Space to drive up excitement."
    ),
    (
        "Hip Hop artist Simon Dominic and popular webtoonist Jongbeom Lee are among others that "
        "have had conversations with fans on Spaces."
    ),
)
