//! `undercurrent explain`: the documentation of a rule.

use super::failure::{Failure, Outcome};
use super::out::Out;
use crate::analysis::rules::{RULES, rule};
use crate::export::table::{Column, Table};

#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// Code of the rule, such as DEP001; without it all rules are listed
    rule: Option<String>,
}

impl Explain {
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        match &self.rule {
            None => out.print(&all().text())?,
            Some(code) => {
                let rule = rule(code).ok_or_else(|| unknown(code))?;
                out.print(&rule.meta().page())?;
            }
        }
        Ok(Outcome::Done)
    }
}

fn all() -> Table {
    let columns =
        [("code", "Rule"), ("weight", "Weight"), ("section", "Section"), ("name", "Smell")];
    let mut table = Table::new(columns.map(|(key, title)| Column::text(key, title)));
    table.rows.extend(RULES.iter().map(|rule| {
        let meta = rule.meta();
        [meta.code, meta.weight.key(), meta.section.title(), meta.name].map(str::to_owned).into()
    }));
    table
}

/// With the codes of the same family, or else the families.
pub(super) fn unknown(code: &str) -> Failure {
    let codes = || RULES.iter().map(|rule| rule.meta().code);
    let upper: String = code.chars().take(3).collect::<String>().to_uppercase();
    let family: Vec<&str> = codes().filter(|known| known.starts_with(&upper)).collect();
    if family.is_empty() {
        return Failure::new(format!(
            "there is no rule `{code}`. `undercurrent explain` lists all {}.",
            RULES.len()
        ));
    }
    Failure::new(format!("there is no rule `{code}`. There are {}.", family.join(", ")))
}
