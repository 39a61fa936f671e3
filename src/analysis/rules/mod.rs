//! One file a rule. The table below is all that knows them; everything else reads it.

use super::Rule;

mod abs001;
mod cfg001;
mod cfg002;
mod cfg003;
mod cfg004;
mod cfg005;
mod cfg006;
mod con001;
mod con002;
mod cor001;
mod cor002;
mod cul001;
mod ded001;
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
mod glu001;
mod glu002;
mod mon001;
mod mon002;
mod mon003;
mod mon004;
mod mon005;
mod pip001;
mod prc001;
mod prc002;
mod prc003;
mod prc004;
mod prc005;
mod rep001;
mod sml001;
mod sml002;
mod sml003;
mod sta001;
mod sta002;
mod sta003;
mod thr001;
mod tst001;
mod utl001;
mod utl002;
mod utl003;
mod utl004;
mod utl005;
mod utl006;

/// All rules, by code.
pub static RULES: &[&dyn Rule] = &[
    &abs001::MissingAbstraction,
    &cfg001::Ungoverned,
    &cfg002::UnusedSetting,
    &cfg003::ValidityWindow,
    &cfg004::ServingSubstitute,
    &cfg005::ViolatedConstraint,
    &cfg006::UnverifiableDelta,
    &con001::UndeclaredConsumer,
    &con002::UnrestrictedOutput,
    &cor001::CorrectionCascade,
    &cor002::ImprovementDeadlock,
    &cul001::Culture,
    &ded001::DeadCodepath,
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
    &glu001::GlueRatio,
    &glu002::UnwrappedPackage,
    &mon001::PredictionBias,
    &mon002::NoActionLimit,
    &mon003::UpstreamObjective,
    &mon004::AlertGap,
    &mon005::NoAutomatedResponse,
    &pip001::PipelineJungle,
    &prc001::ConfigFamilies,
    &prc002::PriorityInversion,
    &prc003::Blockage,
    &prc004::NoRecovery,
    &prc005::ManualProcess,
    &rep001::Irreproducible,
    &sml001::PlainOldData,
    &sml002::MultipleLanguages,
    &sml003::Prototype,
    &sta001::MissingAnnotation,
    &sta002::UnsafeMigration,
    &sta003::DeepClosure,
    &thr001::FixedThreshold,
    &tst001::UntestedData,
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
