"""What members ask for: one small frozen dataclass each, a module for each side of a room's life.

``actor`` is who asks. What a command leads to, the decider of the same module's name says.
"""

from afterparty.core.commands.about import (
    CreateRoom,
    EditRoom,
)
from afterparty.core.commands.handing import (
    BeginHandoff,
    CancelHandoff,
    CloseHandoff,
    OfferHandoff,
)
from afterparty.core.commands.honours import (
    BreakRecord,
    MakeFirst,
)
from afterparty.core.commands.life import (
    CancelRoom,
    EndRoom,
    Join,
    Leave,
    OpenRoom,
    Return,
    TakeOver,
    TellSoon,
    TimeOut,
    Vanish,
)
from afterparty.core.commands.order import (
    Block,
    ChangeSpeak,
    Remove,
    Report,
    SetLock,
    Unblock,
)
from afterparty.core.commands.stage import (
    AcceptInvitation,
    AcceptRequest,
    DeclineInvitation,
    DeclineRequest,
    Demote,
    ExpireInvitation,
    Invite,
    Mute,
    MuteAll,
    RequestToSpeak,
    Unmute,
    WithdrawRequest,
)
from afterparty.core.commands.talk import (
    AnswerQuestion,
    AskQuestion,
    ConsentToCaptions,
    HideQuestion,
    LowerHand,
    PickQuestion,
    PinPost,
    RaiseHand,
    React,
    SayLine,
    UnpinPost,
    VoteQuestion,
)

Command = (
    CreateRoom
    | EditRoom
    | OpenRoom
    | CancelRoom
    | EndRoom
    | Join
    | Leave
    | Vanish
    | Return
    | TakeOver
    | TimeOut
    | TellSoon
    | RequestToSpeak
    | WithdrawRequest
    | AcceptRequest
    | DeclineRequest
    | Invite
    | AcceptInvitation
    | DeclineInvitation
    | Demote
    | Mute
    | Unmute
    | MuteAll
    | ChangeSpeak
    | SetLock
    | Remove
    | Block
    | Unblock
    | Report
    | ConsentToCaptions
    | PinPost
    | UnpinPost
    | React
    | RaiseHand
    | LowerHand
    | AskQuestion
    | VoteQuestion
    | HideQuestion
    | PickQuestion
    | AnswerQuestion
    | SayLine
    | OfferHandoff
    | BeginHandoff
    | CancelHandoff
    | CloseHandoff
    | ExpireInvitation
    | BreakRecord
    | MakeFirst
)

__all__ = [
    "AcceptInvitation",
    "AcceptRequest",
    "AnswerQuestion",
    "AskQuestion",
    "BeginHandoff",
    "Block",
    "BreakRecord",
    "CancelHandoff",
    "CancelRoom",
    "ChangeSpeak",
    "CloseHandoff",
    "Command",
    "ConsentToCaptions",
    "CreateRoom",
    "DeclineInvitation",
    "DeclineRequest",
    "Demote",
    "EditRoom",
    "EndRoom",
    "ExpireInvitation",
    "HideQuestion",
    "Invite",
    "Join",
    "Leave",
    "LowerHand",
    "MakeFirst",
    "Mute",
    "MuteAll",
    "OfferHandoff",
    "OpenRoom",
    "PickQuestion",
    "PinPost",
    "RaiseHand",
    "React",
    "Remove",
    "Report",
    "RequestToSpeak",
    "Return",
    "SayLine",
    "SetLock",
    "TakeOver",
    "TellSoon",
    "TimeOut",
    "Unblock",
    "Unmute",
    "UnpinPost",
    "Vanish",
    "VoteQuestion",
    "WithdrawRequest",
]
