//! Books that open and close while others look.

use super::super::{After, Grade, NewBlock, Site, StackId, suppress_leaks};
use super::*;
use crate::{Node, Tag};
use std::{string::ToString, thread, vec::Vec as List};

fn new(address: usize, size: usize, site: Site) -> NewBlock {
    NewBlock { address, size, align: 8, tag: None, grade: Grade::Sites, padding: 0, position: 0, site }
}

/// The part of a report that is of one test's allocators: tests run side by side.
fn of(report: &LeakReport, allocator: &str) -> List<super::super::Leak> {
    report.iter().copied().filter(|leak| leak.allocator == allocator).collect()
}

#[test]
fn leaks_are_grouped_by_site_and_tag_and_their_growth_is_what_came_on_top() {
    let node = Node::new("music").tag(Tag::AUDIO).build();
    let books = Books::open(Owner::new("leaky", Some(&node)), true).unwrap();
    let more = Books::open(Owner::new("leaky", Some(&node)), true).unwrap();
    let arena = Books::open(Owner::new("leaky", None), false).unwrap();
    let (one, two) = (Site::here(), Site::here());
    books.with(|ledger| {
        ledger.insert(new(0x1000, 100, one));
        ledger.insert(new(0x2000, 30, two));
        ledger.insert(NewBlock { tag: Some(Tag::GUI), ..new(0x3000, 7, two) });
        ledger.insert(new(0x4000, 5000, one));
        let _ = ledger.free(0x4000, None, two, After::Hold(5000));
    });
    more.with(|ledger| ledger.insert(new(0x5000, 11, one)));
    arena.with(|ledger| ledger.insert(new(0x6000, 1 << 12, one)));
    let before = leaks();
    let groups: List<_> =
        of(&before, "leaky").iter().map(|leak| (leak.site, leak.tag, leak.blocks, leak.bytes)).collect();
    let expected = [(one, Some(Tag::AUDIO), 2, 111), (two, Some(Tag::AUDIO), 1, 30), (two, Some(Tag::GUI), 1, 7)];
    assert_eq!(groups, expected);
    assert!(before.is_complete());
    let text = before.to_string();
    let line = std::format!("111 bytes in 2 blocks of leaky \"music\" (tag audio), allocated at {one}");
    assert!(text.contains(&line), "{text}");

    assert!(this_allocation_is_not_a_leak(core::ptr::without_provenance::<u8>(0x2000 + 29)));
    assert!(!this_allocation_is_not_a_leak(core::ptr::without_provenance::<u8>(0x9_0000)));
    more.with(|ledger| ledger.insert(new(0x7000, 9, one)));
    books.with(|ledger| ledger.resize(0x3000, 10));
    let growth = of(&leaks().growth_since(&before), "leaky");
    let growth: List<_> = growth.iter().map(|leak| (leak.site, leak.tag, leak.blocks, leak.bytes)).collect();
    assert_eq!(growth, [(one, Some(Tag::AUDIO), 1, 9), (two, Some(Tag::GUI), 0, 3)]);

    drop(more);
    assert_eq!(of(&leaks(), "leaky").len(), 2, "closed books are not asked, marked blocks are left out");
}

#[test]
fn many_blocks_of_few_sites_make_a_small_report() {
    let books = Books::open(Owner::new("busy", None), true).unwrap();
    let sites = [Site::here(), Site::here(), Site::here()];
    books.with(|ledger| {
        for n in 0..30_000 {
            ledger.insert(new(0x100_0000 + n * 16, 16, sites[n % 3]));
        }
    });
    let report = of(&leaks(), "busy");
    assert_eq!(report.len(), 3);
    assert!(report.iter().all(|leak| (leak.blocks, leak.bytes) == (10_000, 160_000)));
}

#[test]
fn a_suppressed_line_is_left_out() {
    let books = Books::open(Owner::new("hushed", None), true).unwrap();
    let (loud, quiet) = (Site::here(), Site::here().with_stack());
    books.with(|ledger| {
        ledger.insert(new(0x1000, 8, loud));
        ledger.insert(new(0x2000, 8, quiet));
    });
    assert_eq!(of(&leaks(), "hushed").len(), 2);
    // Both sites stand on the same line of the test: what is suppressed is the line.
    assert!(suppress_leaks(&std::format!("{}:{}", quiet.file().unwrap(), quiet.line().unwrap())));
    assert!(of(&leaks(), "hushed").is_empty());
}

#[test]
fn books_open_and_close_on_many_threads_while_one_walks_them() {
    thread::scope(|threads| {
        for number in 0..4 {
            threads.spawn(move || {
                let mut open = List::new();
                for step in 0..500 {
                    let books = Books::open(Owner::new("hurried", None), true).unwrap();
                    books.with(|ledger| ledger.insert(new(0x1000 + number * 8, 8, Site::here())));
                    open.push(books);
                    if step % 3 == 0 {
                        open.swap_remove(step % open.len());
                    }
                    assert!(open.iter().all(|books| books.with(|ledger| ledger.live_blocks()) == 1));
                }
            });
        }
        for _ in 0..50 {
            let report = leaks();
            assert!(of(&report, "hurried").iter().all(|leak| leak.bytes == leak.blocks * 8));
        }
    });
    assert!(of(&leaks(), "hurried").is_empty());
    let mut seats = List::new();
    for Entry(inner) in REGISTER.lock().iter() {
        // SAFETY: it stands in the register, whose lock is held: alive.
        seats.push(unsafe { inner.as_ref() }.seat.load(Ordering::Relaxed));
    }
    assert!(seats.iter().enumerate().all(|(at, seat)| at == *seat));
}

#[test]
fn a_stack_is_noted_once_and_printed_with_its_modules() {
    #[inline(never)]
    fn deep(n: usize) -> Site {
        let site = if n == 0 { Site::here().with_stack() } else { deep(n - 1) };
        std::hint::black_box(site)
    }
    let sites: List<_> = (0..3).map(|_| deep(3)).collect();
    let stack: Option<StackId> = sites[0].stack();
    if cfg!(all(unix, not(miri))) {
        assert!(stack.is_some() && sites.iter().all(|site| site.stack() == stack));
        assert_ne!(deep(4).stack(), stack);
        let text = sites[0].to_string();
        assert!(text.lines().count() > 5, "{text}");
        if cfg!(feature = "symbols") {
            assert!(text.contains("deep at ") && text.contains("books/tests.rs:"), "{text}");
        } else {
            assert!(text.lines().skip(1).all(|frame| frame.contains(" 0x")), "{text}");
        }
    }
}
