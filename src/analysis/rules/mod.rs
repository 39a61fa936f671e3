//! One file a rule. The table below is all that knows them; everything else reads it.

use super::Rule;

mod con002;
mod dep001;
mod dep002;

/// All rules, by code.
pub static RULES: &[&dyn Rule] =
    &[&con002::UnrestrictedOutput, &dep001::ImplicitlyUnstable, &dep002::ExplicitlyUnstable];

/// The rule with this code, in any case.
pub fn rule(code: &str) -> Option<&'static dyn Rule> {
    RULES.iter().copied().find(|rule| rule.meta().code.eq_ignore_ascii_case(code))
}
