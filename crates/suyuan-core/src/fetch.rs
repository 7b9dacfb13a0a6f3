//! The one place with `unsafe`: asking the processor for a cache line before it is needed.
//!
//! A search is bound by waiting for memory, and what it will touch is known some steps ahead.

/// Asks for the line that holds an item of a slice; does nothing where there is no such item.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn fetch<T>(items: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(item) = items.get(index) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: SSE is part of every x86-64 processor. A prefetch reads nothing the program can
        // see and never faults; the address is that of a live item besides.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(item).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (items, index);
}
