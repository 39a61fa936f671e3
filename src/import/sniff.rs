//! Whose file is it: the first bytes are shown to every importer, and the surest reads it.

use super::decode::decode_head;
use super::files::{Candidate, FilePlace};
use super::{Claim, HEAD_BYTES, IMPORTERS, Importer};
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// A file that begins with more blanks than this is no manifest, however it goes on.
const MOST_BLANKS: usize = 1 << 20;

/// Files from here on are read by two threads.
const SHARED_BYTES: u64 = 4 << 20;

/// An opened file: what was read of it already, and the rest.
pub(super) struct Opened {
    head: Vec<u8>,
    content: Content,
}

enum Content {
    Disk(File),
    Embedded(&'static [u8]),
}

impl Opened {
    pub(super) fn new(candidate: &Candidate) -> io::Result<Self> {
        Ok(match &candidate.place {
            FilePlace::Embedded(bytes) => {
                let head = bytes[..bytes.len().min(HEAD_BYTES)].to_vec();
                Self { head, content: Content::Embedded(bytes) }
            }
            FilePlace::Disk(path) => {
                let mut file = File::open(path)?;
                let mut head = Vec::new();
                (&mut file).take(HEAD_BYTES as u64).read_to_end(&mut head)?;
                while is_blank(&head) && (HEAD_BYTES..MOST_BLANKS).contains(&head.len()) {
                    let more = (&mut file).take(HEAD_BYTES as u64).read_to_end(&mut head)?;
                    if more == 0 {
                        break;
                    }
                }
                Self { head, content: Content::Disk(file) }
            }
        })
    }

    /// The whole file; at most `limit` bytes of it.
    pub(super) fn read(self, expected: u64, limit: u64) -> io::Result<Cow<'static, [u8]>> {
        match self.content {
            Content::Embedded(bytes) => Ok(Cow::Borrowed(bytes)),
            Content::Disk(mut file) => {
                let mut bytes = self.head;
                let whole = expected.min(limit);
                if whole >= SHARED_BYTES
                    && let Some(read) = in_halves(&file, whole)
                {
                    file.seek(SeekFrom::Start(read.len() as u64))?;
                    bytes = read;
                }
                // One byte more than expected, so that reaching the end needs no larger buffer.
                let rest = expected.saturating_sub(bytes.len() as u64).min(limit) + 1;
                bytes.reserve_exact(usize::try_from(rest).unwrap_or(0));
                let left = limit.saturating_sub(bytes.len() as u64);
                file.take(left).read_to_end(&mut bytes)?;
                Ok(Cow::Owned(bytes))
            }
        }
    }

    pub(super) fn sniff(&self, name: &str) -> Sniffed {
        if is_blank(&self.head) {
            return if self.head.len() < MOST_BLANKS { Sniffed::Blank } else { Sniffed::Blanks };
        }
        let start = self.head.iter().position(|byte| !is_blank_byte(*byte)).unwrap_or(0);
        // Blanks by the kilobyte would leave importers nothing to judge by.
        let head = if start < HEAD_BYTES / 2 { &self.head[..] } else { &self.head[start..] };
        let Some(head) = decode_head(&head[..head.len().min(HEAD_BYTES)]) else {
            return Sniffed::Binary;
        };
        claimed(name, &head)
    }
}

/// The first `bytes` of a file, read by two threads: most of the time goes
/// into getting memory for them. `None` where that did not work; the file is then read as any other.
#[cfg(unix)]
fn in_halves(file: &File, bytes: u64) -> Option<Vec<u8>> {
    use std::os::unix::fs::FileExt;
    // One byte more, so that finding the end needs no larger buffer.
    let mut all = vec![0; usize::try_from(bytes).ok()? + 1];
    all.pop();
    let middle = all.len() / 2;
    let (front, back) = all.split_at_mut(middle);
    let read = |part: &mut [u8], at: usize| file.read_exact_at(part, at as u64).ok();
    let (front, back) = rayon::join(|| read(front, 0), || read(back, middle));
    front.and(back).map(|()| all)
}

#[cfg(not(unix))]
fn in_halves(_file: &File, _bytes: u64) -> Option<Vec<u8>> {
    None
}

/// What the first bytes tell.
pub(super) enum Sniffed {
    Claimed {
        importer: &'static dyn Importer,
        claim: Claim,
        /// Titles of others that are as sure.
        rivals: Vec<&'static str>,
    },
    /// Nothing in it.
    Blank,
    /// Nothing but blanks as far as was looked.
    Blanks,
    /// No text.
    Binary,
    Unknown,
}

fn claimed(name: &str, head: &str) -> Sniffed {
    let mut best: Option<(&'static dyn Importer, Claim)> = None;
    let mut rivals = Vec::new();
    for &importer in IMPORTERS {
        let claim = importer.claim(name, head);
        match best {
            _ if claim == Claim::No => {}
            Some((_, surest)) if claim == surest => rivals.push(importer.meta().title),
            Some((_, surest)) if claim < surest => {}
            _ => {
                best = Some((importer, claim));
                rivals.clear();
            }
        }
    }
    best.map_or(Sniffed::Unknown, |(importer, claim)| Sniffed::Claimed { importer, claim, rivals })
}

const fn is_blank_byte(byte: u8) -> bool {
    byte.is_ascii_whitespace()
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| is_blank_byte(*byte))
}
