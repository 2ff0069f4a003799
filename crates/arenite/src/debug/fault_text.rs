//! Faults for people and for programs.

use super::{Fault, FaultDetail, Site};
use core::fmt;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.kind.words();
        f.write_str(words.name)?;
        if let Some(address) = self.address {
            write!(f, " of {address:#x}")?;
        }
        if let Some((size, align)) = self.request {
            write!(f, " ({size} bytes aligned to {align})")?;
        }
        write!(f, " in {}", self.owner)?;
        if self.detail != FaultDetail::None {
            write!(f, "\n  {}", self.detail)?;
        }
        for (label, site) in [(words.allocated, self.allocated), (words.first, self.first), (words.second, self.second)]
        {
            if site != Site::UNKNOWN {
                write!(f, "\n  {label} at {site}")?;
            }
        }
        if self.allocated == Site::UNKNOWN && self.first == Site::UNKNOWN {
            f.write_str(if self.noted {
                "\n  earlier places are not known: the calls gave none (in C they do when it is compiled with -DDEBUG or \
                 -DARENITE_CALL_SITES)"
            } else {
                "\n  earlier places are not known: grade `sites` and those above it note them, where the calls say theirs"
            })?;
        }
        write!(f, "\n  to do: {}", words.remedy)
    }
}

impl fmt::Display for FaultDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::None => Ok(()),
            Self::Sizes { given, asked } => write!(f, "taken with {asked} bytes, freed with {given}"),
            Self::Inside { offset } => write!(f, "the address lies {offset} bytes inside the block"),
            Self::Byte { offset, was, found } => {
                let (distance, side) = (offset.unsigned_abs(), if offset < 0 { "before" } else { "from" });
                let (byte, meaning) = (was.byte(), was.meaning());
                write!(
                    f,
                    "the byte {distance} {side} the start of the block was {byte:#04X} ({meaning}) and is {found:#04X}"
                )
            }
            Self::Touched { offset } => {
                let (distance, side) = (offset.unsigned_abs(), if offset < 0 { "before" } else { "from" });
                write!(
                    f,
                    "the byte {distance} {side} the start of the block was read or written, and its pages are closed"
                )
            }
            Self::Threads { owner, user } => write!(f, "of thread {owner:#x}, used by thread {user:#x}"),
            Self::Budget { budget, charged } => write!(f, "the budget is {budget} bytes, charged are {charged}"),
            Self::Generations { handle, current } => {
                write!(f, "the handle is of generation {handle}, now it is generation {current}")
            }
            Self::Live { blocks, bytes } => write!(f, "{bytes} bytes in {blocks} blocks are live"),
        }
    }
}

#[cfg(feature = "json")]
impl FaultDetail {
    fn to_json(self) -> serde_json::Value {
        use serde_json::json;
        match self {
            Self::None => serde_json::Value::Null,
            Self::Sizes { given, asked } => json!({ "given": given, "asked": asked }),
            Self::Inside { offset } => json!({ "offset": offset }),
            Self::Byte { offset, was, found } => json!({ "offset": offset, "was": was.byte(), "found": found }),
            Self::Touched { offset } => json!({ "offset": offset }),
            Self::Threads { owner, user } => json!({ "owner": owner, "user": user }),
            Self::Budget { budget, charged } => json!({ "budget": budget, "charged": charged }),
            Self::Generations { handle, current } => json!({ "handle": handle, "current": current }),
            Self::Live { blocks, bytes } => json!({ "blocks": blocks, "bytes": bytes }),
        }
    }
}

#[cfg(feature = "json")]
impl Fault {
    /// As JSON. Sizes are bytes, addresses text in hexadecimal; what is not known is null.
    ///
    /// Stable for scripts: fields are added, not renamed.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "fault": self.kind.name(),
            "allocator": self.owner.allocator,
            "node": self.owner.node.get(),
            "name": &*self.owner.name,
            "tag": self.owner.tag.map(|tag| alloc::string::ToString::to_string(&tag)),
            "address": self.address.map(|address| alloc::format!("{address:#x}")),
            "size": self.request.map(|(size, _)| size),
            "align": self.request.map(|(_, align)| align),
            "detail": self.detail.to_json(),
            "allocated": self.allocated.to_json(),
            "first": self.first.to_json(),
            "second": self.second.to_json(),
            "remedy": self.kind.remedy(),
        })
    }
}
