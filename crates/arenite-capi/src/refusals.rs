//! The errors of the lifetimes, as C gets them.

use crate::error::{Code, Noted, note};
use arenite_lib::{
    RingError, StackError,
    pool::{PoolError, PoolErrorKind},
    system::SystemError,
};

impl From<PoolError> for Noted {
    #[cold]
    fn from(error: PoolError) -> Self {
        let code = match error.kind() {
            PoolErrorKind::BudgetExceeded { .. } => Code::Budget,
            PoolErrorKind::Full { .. } | PoolErrorKind::TooSmall { .. } => Code::Full,
            PoolErrorKind::BadLayout => Code::BadArgument,
            PoolErrorKind::CapacityOverflow => Code::Overflow,
            _ => Code::OutOfMemory,
        };
        note(code, format_args!("{error}"))
    }
}

impl From<RingError> for Noted {
    #[cold]
    fn from(error: RingError) -> Self {
        let code = match error {
            RingError::Refused(refused) => return refused.into(),
            RingError::Blocked { .. } | RingError::InFlight { .. } => Code::Busy,
            RingError::FrameFull { .. } => Code::Full,
            RingError::NoFrame { .. } | RingError::FrameOpen { .. } => Code::OutOfOrder,
            _ => Code::BadArgument,
        };
        note(code, format_args!("{error}"))
    }
}

impl From<StackError> for Noted {
    #[cold]
    fn from(error: StackError) -> Self {
        let code = match error {
            StackError::Refused(refused) => return refused.into(),
            StackError::NotTop { .. } => Code::OutOfOrder,
            StackError::WrongSize { .. } => Code::WrongSize,
            _ => Code::NotABlock,
        };
        note(code, format_args!("{error}"))
    }
}

impl From<SystemError> for Noted {
    #[cold]
    fn from(error: SystemError) -> Self {
        let code = match &error {
            SystemError::Alloc(refused) => return (*refused).into(),
            SystemError::Pool(refused) => return (*refused).into(),
            SystemError::Reserve(_) => Code::OutOfMemory,
            SystemError::TagBudget { .. } => Code::Budget,
            SystemError::StillOpen(_) | SystemError::NotRunYet(_) => Code::Busy,
            SystemError::NothingSubmitted => Code::OutOfOrder,
            _ => Code::BadArgument,
        };
        note(code, format_args!("{error}"))
    }
}
