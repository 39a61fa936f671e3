//! Bare `undercurrent`: the window where there can be one, else an overview.

use super::failure::{Failure, Outcome};
use super::info::Summary;
use super::input::{SAMPLE_PREFIX, complain_of, inputs, load_all};
use super::out::Out;
use crate::samples::SAMPLES;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Open {
    /// Manifests, folders of manifests, or sample:KEY
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Megabytes that predictions may take, a quarter of the machine's by default; beyond it there are
    /// exact sums by cell and a sample of the rows
    #[cfg(feature = "gui")]
    #[arg(long, value_name = "MB")]
    memory: Option<u64>,
}

impl Open {
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        #[cfg(feature = "gui")]
        if has_display() {
            return match crate::ui::run(inputs(&self.paths)?, self.memory.map(|mb| mb << 20)) {
                Ok(()) => Ok(Outcome::Done),
                Err(why) => Err(Failure::new(why)),
            };
        }
        self.overview(out)
    }

    /// What there is, and how to see it. Without a path it is the richest sample that is shown.
    fn overview(&self, out: &mut Out) -> Result<Outcome, Failure> {
        let paths = if self.paths.is_empty() {
            vec![PathBuf::from(format!("{SAMPLE_PREFIX}{}", SAMPLES[0].key))]
        } else {
            self.paths.clone()
        };
        let loaded = load_all(&inputs(&paths)?)?;
        complain_of(&loaded);
        out.line(WHY_NO_WINDOW)?;
        if self.paths.is_empty() {
            out.line(&format!("This is the sample {}: {}", SAMPLES[0].title, SAMPLES[0].doc))?;
        }
        out.line("")?;
        out.print(&Summary::new(&loaded).overview())?;
        let words: Vec<String> =
            paths.iter().map(|path| shell_word(&path.to_string_lossy())).collect();
        let words = words.join(" ");
        out.line(&format!(
            "\nTo get a picture:    undercurrent snapshot {words} -o map.svg\nTo read the report:  undercurrent info {words}\nFor more:            undercurrent --help"
        ))?;
        Ok(Outcome::Done)
    }
}

/// Whether a window can be shown at all; elsewhere than on Linux there always is a display.
#[cfg(feature = "gui")]
fn has_display() -> bool {
    let named = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || named("DISPLAY") || named("WAYLAND_DISPLAY")
}

#[cfg(feature = "gui")]
const WHY_NO_WINDOW: &str = "There is no display, so here is an overview.";
#[cfg(not(feature = "gui"))]
const WHY_NO_WINDOW: &str = "This program was built without its window, so here is an overview.";

/// A word as a shell takes it.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-:+,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_word("a/b.json"), "a/b.json");
        assert_eq!(shell_word("it's $HOME"), "'it'\\''s $HOME'");
    }
}
