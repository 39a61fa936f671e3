//! One file a rule. The table below is all that knows them; everything else reads it.

use super::Rule;

mod con002;
mod dep001;
mod dep002;
mod mon002;
mod sta002;
mod thr001;

/// All rules, by code.
pub static RULES: &[&dyn Rule] = &[
    &con002::UnrestrictedOutput,
    &dep001::ImplicitlyUnstable,
    &dep002::ExplicitlyUnstable,
    &mon002::NoActionLimit,
    &sta002::UnsafeMigration,
    &thr001::FixedThreshold,
];

/// The rule with this code, in any case.
pub fn rule(code: &str) -> Option<&'static dyn Rule> {
    RULES.iter().copied().find(|rule| rule.meta().code.eq_ignore_ascii_case(code))
}
