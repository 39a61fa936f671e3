//! The sample projects, inside the program, so that an installed one has them.
//!
//! Owns: which samples there are and their files. Must never know: how a file is read. The files are
//! listed by hand: that needs neither a build script nor a crate, and a test compares the list with
//! the folder, so that none is forgotten. Start reading at [`SAMPLES`].

/// A project that comes with the program.
#[derive(Debug, PartialEq, Eq)]
pub struct Sample {
    /// Name of its folder, and what it is called on the command line.
    pub key: &'static str,
    pub title: &'static str,
    /// In a sentence.
    pub doc: &'static str,
    /// Path within the sample's folder, with `/` between parts, and content; in path order.
    pub files: &'static [(&'static str, &'static [u8])],
}

impl Sample {
    /// The sample called `key`.
    pub fn find(key: &str) -> Option<&'static Self> {
        SAMPLES.iter().find(|sample| sample.key == key)
    }
}

macro_rules! files {
    ($folder:literal: $($path:literal)*) => {
        &[$((
            $path,
            include_bytes!(concat!(
                env!("CARGO_MANIFEST_DIR"), "/sample_projects/", $folder, "/", $path
            )),
        ),)*]
    };
}

/// Every sample, the richest first.
pub static SAMPLES: &[Sample] = &[
    Sample {
        key: "ads_ranking",
        title: "Ads ranking",
        doc: "A marketplace's ads, pages and bids: eight teams, twelve models, and every debt of the paper beside work that is done well.",
        files: files!("ads_ranking":
            "README.md"
            "ads_ranking.yaml"
            "bidding.yaml"
            "catalog.yaml"
            "community.json"
            "company.yaml"
            "data_platform.yaml"
            "growth.yaml"
            "predictions.parquet"
            "storefront.yaml"
            "tables/ablation.csv"
            "tables/access_2026_09.csv"
            "tables/access_2026_10.csv"
            "tables/access_2026_11.csv"
            "tables/alerts.csv"
            "tables/config_history.csv"
            "tables/correlation.csv"
            "tables/deployments.csv"
            "tables/importance_others.csv"
            "tables/importance_ranking.csv"
            "tables/incidents.csv"
            "tables/lines_of_code.csv"
            "tables/prediction_stats.csv"
            "tables/residual_correlation.csv"
            "tables/runs.csv"
            "trust.yaml"
        ),
    },
    Sample {
        key: "jaffle_like",
        title: "Bike rental (dbt)",
        doc: "A small dbt project of a bike rental, with its catalog: sources, models, tests, seeds and two exposures.",
        files: files!("jaffle_like":
            "README.md"
            "catalog.json"
            "manifest.json"
        ),
    },
    Sample {
        key: "page_loop",
        title: "One page, two models",
        doc: "The hidden loop of the paper: two models fill one page and learn from one log.",
        files: files!("page_loop":
            "page.yaml"
        ),
    },
    Sample {
        key: "two_investors",
        title: "Two investors",
        doc: "The market of the paper: two companies' models influence one another, and nobody declares it.",
        files: files!("two_investors":
            "market.yaml"
        ),
    },
    Sample {
        key: "cascade",
        title: "Correction cascade",
        doc: "Four models, each a correction of the one before, so that none can be improved alone.",
        files: files!("cascade":
            "cascade.yaml"
        ),
    },
    Sample {
        key: "config_cases",
        title: "Configuration cases",
        doc: "The examples of the paper in one configuration: A, B, C, D with its substitutes, Z, and Q beside R.",
        files: files!("config_cases":
            "clicks.yaml"
        ),
    },
    Sample {
        key: "reused_flag",
        title: "Reused flag",
        doc: "A new flag that uses the bit of a retired one, as a broker did in 2012.",
        files: files!("reused_flag":
            "router.yaml"
        ),
    },
    Sample {
        key: "late_upstream",
        title: "Late upstream",
        doc: "Four things are late, and one is to blame.",
        files: files!("late_upstream":
            "import.yaml"
        ),
    },
    Sample {
        key: "hello",
        title: "Hello",
        doc: "The shortest feedback loop there is, in ten lines.",
        files: files!("hello":
            "hello.yaml"
        ),
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    /// Paths below `folder`, relative to it, in path order.
    fn files_below(folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        let mut open: Vec<PathBuf> = vec![folder.to_owned()];
        while let Some(next) = open.pop() {
            for entry in std::fs::read_dir(&next).expect("a readable folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let within = path.strip_prefix(folder).expect("below the folder");
                    let parts: Vec<_> = within
                        .components()
                        .map(|part| part.as_os_str().to_string_lossy())
                        .collect();
                    found.push(parts.join("/"));
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn every_file_of_every_sample_is_inside() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_projects");
        let mut inside: Vec<String> = Vec::new();
        for sample in SAMPLES {
            let own: Vec<String> =
                sample.files.iter().map(|(path, _)| (*path).to_owned()).collect();
            assert!(own.is_sorted(), "the files of {} are not in path order", sample.key);
            inside.extend(own.iter().map(|path| format!("{}/{path}", sample.key)));
            for (path, bytes) in sample.files {
                let on_disk = std::fs::read(root.join(sample.key).join(path)).expect("listed file");
                assert!(*bytes == on_disk, "{}/{path}", sample.key);
            }
        }
        inside.sort();
        assert_eq!(
            inside,
            files_below(&root),
            "list the files of sample_projects in src/samples.rs"
        );
    }

    #[test]
    fn a_sample_is_found_by_its_key() {
        for sample in SAMPLES {
            assert_eq!(Sample::find(sample.key), Some(sample));
        }
        assert_eq!(Sample::find("nothing"), None);
    }
}
