//! One file a rule. The table below is all that knows them; everything else reads it.

use super::Rule;

mod con001;
mod con002;
mod cor001;
mod cor002;
mod dep001;
mod dep002;
mod dep003;
mod dep004;
mod ent001;
mod ent002;
mod ent003;
mod fbk001;
mod fbk002;
mod fbk003;
mod mon002;
mod sta001;
mod sta002;
mod sta003;
mod thr001;
mod utl001;
mod utl002;
mod utl003;
mod utl004;
mod utl005;
mod utl006;

/// All rules, by code.
pub static RULES: &[&dyn Rule] = &[
    &con001::UndeclaredConsumer,
    &con002::UnrestrictedOutput,
    &cor001::CorrectionCascade,
    &cor002::ImprovementDeadlock,
    &dep001::ImplicitlyUnstable,
    &dep002::ExplicitlyUnstable,
    &dep003::SilentChange,
    &dep004::StaleCopies,
    &ent001::CaceRadius,
    &ent002::CorrelatedErrors,
    &ent003::UndetectedChange,
    &fbk001::DirectLoop,
    &fbk002::HiddenLoop,
    &fbk003::InferredLoop,
    &mon002::NoActionLimit,
    &sta001::MissingAnnotation,
    &sta002::UnsafeMigration,
    &sta003::DeepClosure,
    &thr001::FixedThreshold,
    &utl001::LegacyFeature,
    &utl002::BundledFeature,
    &utl003::EpsilonFeature,
    &utl004::CorrelatedFeatures,
    &utl005::AblationOverdue,
    &utl006::TransitionalDuplicate,
];

/// The rule with this code, in any case.
pub fn rule(code: &str) -> Option<&'static dyn Rule> {
    RULES.iter().copied().find(|rule| rule.meta().code.eq_ignore_ascii_case(code))
}
