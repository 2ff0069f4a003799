//! A reference to a source: static, or counted.

use super::Source;
use alloc::sync::Arc;
use core::fmt;

/// How an arena holds its source: the source outlives every block taken from it either way.
#[derive(Clone)]
pub enum SourceRef {
    /// A source that lives for ever.
    Static(&'static dyn Source),
    /// A source that lives as long as an arena or other holder uses it.
    Counted(Arc<dyn Source>),
}

impl SourceRef {
    /// The default source of a chained arena: the system heap, or nothing in a build without `std`.
    pub(crate) fn system() -> Option<Self> {
        #[cfg(feature = "std")]
        {
            Some(Self::Static(&super::System))
        }
        #[cfg(not(feature = "std"))]
        {
            None
        }
    }

    pub(crate) fn get(&self) -> &dyn Source {
        match self {
            Self::Static(source) => *source,
            Self::Counted(source) => &**source,
        }
    }
}

impl fmt::Debug for SourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Static(_) => "SourceRef::Static",
            Self::Counted(_) => "SourceRef::Counted",
        })
    }
}

impl<S: Source> From<&'static S> for SourceRef {
    fn from(source: &'static S) -> Self {
        Self::Static(source)
    }
}

impl<S: Source + 'static> From<Arc<S>> for SourceRef {
    fn from(source: Arc<S>) -> Self {
        Self::Counted(source)
    }
}
