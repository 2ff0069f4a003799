//! Protections of pages.

use super::{
    WinError,
    constants::{
        PAGE_EXECUTE, PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE, PAGE_GUARD, PAGE_NOACCESS, PAGE_NOCACHE,
        PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOMBINE,
    },
};

/// A protection that private memory can have: one kind of access, and what Windows lets stand beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Protection(u32);

impl Protection {
    /// No access.
    pub(super) const NONE: Self = Self(PAGE_NOACCESS);

    /// # Errors
    /// `ERROR_INVALID_PARAMETER`: no kind of access or two, a modifier that does not go with it, an unknown bit.
    pub(super) const fn new(bits: u32) -> Result<Self, WinError> {
        const MODIFIERS: u32 = PAGE_GUARD | PAGE_NOCACHE | PAGE_WRITECOMBINE;
        let (access, modifiers) = (bits & !MODIFIERS, bits & MODIFIERS);
        let known = matches!(
            access,
            PAGE_NOACCESS | PAGE_READONLY | PAGE_READWRITE | PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE
        );
        let fit = match modifiers {
            0 => true,
            PAGE_GUARD | PAGE_NOCACHE | PAGE_WRITECOMBINE => access != PAGE_NOACCESS,
            _ => false,
        };
        if known && fit { Ok(Self(bits)) } else { Err(WinError::INVALID_PARAMETER) }
    }

    pub(super) const fn bits(self) -> u32 {
        self.0
    }

    /// Whether any access faults.
    pub(super) const fn is_closed(self) -> bool {
        self.0 & (PAGE_NOACCESS | PAGE_GUARD) != 0
    }

    #[cfg(unix)]
    pub(super) const fn for_mprotect(self) -> i32 {
        if self.is_closed() {
            return libc::PROT_NONE;
        }
        match self.0 & 0xFF {
            PAGE_READONLY => libc::PROT_READ,
            PAGE_READWRITE => libc::PROT_READ | libc::PROT_WRITE,
            PAGE_EXECUTE => libc::PROT_EXEC,
            PAGE_EXECUTE_READ => libc::PROT_EXEC | libc::PROT_READ,
            _ => libc::PROT_EXEC | libc::PROT_READ | libc::PROT_WRITE,
        }
    }
}
