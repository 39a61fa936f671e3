//! Parsing a file's items on other threads while it is still looked through, and handing them on in order.
//!
//! Where an item ends is found without building it, at two gigabytes a second; building what is wanted of it
//! takes several times as long and needs nothing but the item's text.

use super::super::super::json::{Error, Json, NotFinite};
use super::super::super::lenient::{Field, Shape};
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Files below this are read faster than a thread starts.
const LARGE_BYTES: usize = 1 << 20;

/// What one thread takes at a time.
const CHUNK_BYTES: usize = 1 << 17;

/// So many parsed chunks may wait to be taken; more would only need memory.
const CHUNKS_AHEAD: usize = 16;

/// With more threads, looking through the file is what takes the time.
const MOST_WORKERS: usize = 3;

/// How deep an item stands in its file: in a section of the whole.
const DEPTH: usize = 2;

/// An item that was found.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) section: Cow<'a, str>,
    /// Where the section is an object.
    pub(super) key: Option<Cow<'a, str>>,
    /// Where its value begins.
    pub(super) start: usize,
}

/// An item that was read.
#[derive(Debug)]
pub(super) struct Parsed<'a, T> {
    pub(super) found: Found<'a>,
    pub(super) value: Result<Field<T>, Error>,
    /// Where reading ended.
    pub(super) end: usize,
    pub(super) not_finite: Vec<NotFinite>,
}

/// Calls `take` with every item that `find` emits, in that order, until it breaks off. `find` is run to its
/// end on this thread. The result does not depend on the number of threads.
pub(super) fn parse<'a, T: Shape<'a> + Send>(
    text: &'a str,
    find: impl FnOnce(&mut dyn FnMut(Found<'a>)),
    mut take: impl FnMut(Parsed<'a, T>) -> ControlFlow<()>,
) {
    let (to_parse, chunks) = unbounded::<(usize, Vec<Found<'a>>)>();
    let (to_take, parsed) = bounded(CHUNKS_AHEAD);
    std::thread::scope(|scope| {
        for _ in 0..workers(text.len()) {
            let (chunks, to_take) = (chunks.clone(), to_take.clone());
            let work = move || {
                for (number, chunk) in chunks {
                    // Nobody takes it once reading has stopped.
                    let _ = to_take.send((number, parse_chunk::<T>(text, chunk)));
                }
            };
            // Without another thread this one does all.
            let named = std::thread::Builder::new().name("import-items".into());
            let _ = named.spawn_scoped(scope, work);
        }
        drop(to_take);
        let count = send_chunks(find, &to_parse);
        drop(to_parse);
        take_in_order(text, count, &chunks, parsed, &mut take);
        while chunks.try_recv().is_ok() {}
    });
}

fn workers(bytes: usize) -> usize {
    if bytes < LARGE_BYTES {
        return 0;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.saturating_sub(1).min(MOST_WORKERS)
}

/// The number of chunks.
fn send_chunks<'a>(
    find: impl FnOnce(&mut dyn FnMut(Found<'a>)),
    to_parse: &Sender<(usize, Vec<Found<'a>>)>,
) -> usize {
    let mut chunk: Vec<Found<'a>> = Vec::new();
    let mut count = 0;
    let mut send = |chunk: &mut Vec<Found<'a>>| {
        // The receiver outlives this.
        let _ = to_parse.send((count, std::mem::take(chunk)));
        count += 1;
    };
    find(&mut |found| {
        if chunk.first().is_some_and(|first| found.start - first.start >= CHUNK_BYTES) {
            send(&mut chunk);
        }
        chunk.push(found);
    });
    if !chunk.is_empty() {
        send(&mut chunk);
    }
    count
}

/// Drops `parsed` at the end, so that no worker waits for somebody to take its chunk.
#[expect(clippy::needless_pass_by_value, reason = "its end tells the workers to stop")]
fn take_in_order<'a, T: Shape<'a>>(
    text: &'a str,
    count: usize,
    chunks: &Receiver<(usize, Vec<Found<'a>>)>,
    parsed: Receiver<(usize, Vec<Parsed<'a, T>>)>,
    take: &mut impl FnMut(Parsed<'a, T>) -> ControlFlow<()>,
) {
    let mut ready: BTreeMap<usize, Vec<Parsed<'a, T>>> = BTreeMap::new();
    let mut next = 0;
    while next < count {
        ready.extend(parsed.try_iter());
        if let Some(items) = ready.remove(&next) {
            for item in items {
                if take(item).is_break() {
                    return;
                }
            }
            next += 1;
        } else if let Ok((number, chunk)) = chunks.try_recv() {
            ready.insert(number, parse_chunk(text, chunk));
        } else if let Ok((number, items)) = parsed.recv() {
            ready.insert(number, items);
        } else {
            // A worker panicked; the scope hands its panic on.
            return;
        }
    }
}

fn parse_chunk<'a, T: Shape<'a>>(text: &'a str, chunk: Vec<Found<'a>>) -> Vec<Parsed<'a, T>> {
    chunk.into_iter().map(|found| parse_item(text, found)).collect()
}

fn parse_item<'a, T: Shape<'a>>(text: &'a str, found: Found<'a>) -> Parsed<'a, T> {
    let mut json = Json::nested(text, found.start, DEPTH);
    let value = Field::deserialize(&mut json);
    Parsed { found, value, end: json.position(), not_finite: json.not_finite().to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    /// A list whose items are long enough for many chunks.
    fn long_list() -> (String, Vec<usize>) {
        let (mut text, mut starts) = (String::from("["), Vec::new());
        for number in 0..4_000 {
            starts.push(text.len());
            let _ = write!(text, "\"{number} {}\",", "x".repeat(1_000));
        }
        (text, starts)
    }

    fn numbers<'a>(text: &'a str, starts: &[usize], stop_at: usize) -> Vec<usize> {
        let mut taken = Vec::new();
        let find = |emit: &mut dyn FnMut(Found<'a>)| {
            for &start in starts {
                emit(Found { section: Cow::Borrowed("s"), key: None, start });
            }
        };
        parse::<Cow<'a, str>>(text, find, |item| {
            let text = item.value.expect("JSON").take().expect("a text");
            let number = text.split(' ').next().and_then(|word| word.parse().ok());
            taken.push(number.expect("a number"));
            if taken.len() == stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        taken
    }

    #[test]
    fn items_come_in_order_and_reading_can_be_broken_off() {
        let (text, starts) = long_list();
        assert!(text.len() > 2 * LARGE_BYTES);
        assert_eq!(numbers(&text, &starts, usize::MAX), (0..4_000).collect::<Vec<_>>());
        assert_eq!(numbers(&text, &starts, 1_500), (0..1_500).collect::<Vec<_>>());
        assert_eq!(numbers(&text, &[], 1), Vec::<usize>::new());
    }
}
