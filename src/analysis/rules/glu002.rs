//! GLU002, unwrapped package.

use crate::analysis::words::counted;
use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{EdgeIx, EdgeKind, NodeIx, NodeKind};

#[derive(Debug)]
pub(super) struct UnwrappedPackage;

static LEAST: Parameter = Parameter {
    key: "least_importers",
    default: 3.0,
    range: (1.0, 1000.0),
    unit: "modules",
    doc: "From how many modules on a package should be wrapped.",
};

static META: RuleMeta = RuleMeta {
    code: "GLU002",
    name: "unwrapped package",
    section: Section::AntiPatterns,
    weight: Weight::Warning,
    remedy: "Put one interface of your own in front of the package, and let everything else call that.",
    verify: "Something `wraps` the package, and nothing else imports it.",
    parameters: &[&LEAST],
    docs: "\
## What it does
Finds packages that several modules import and nothing wraps. A package that itself wraps another is such a wrapper and is not found,
however many import it. When the manifest names no imports at all, the packages stay open.

## Why it is bad
Each module learns the package's own ways: its types, its file formats, its faults. Replacing it, or only taking its next version, then
means changing all of them at once, so nobody does.

## Example
Five jobs and models call `lingua`. Its new version counts words otherwise; all five must be retrained in the same week.

## How to fix
Write the few calls that you need as an interface of your own, and keep what is peculiar to the package behind it.

## How to verify
The manifest has a wrapper under `wraps`, and the importers import the wrapper.

## References
Sculley et al. 2015, §5, glue code.
",
};

impl Rule for UnwrappedPackage {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let has_imports = context.graph.edges().iter().any(|edge| edge.kind == EdgeKind::Imports);
        for package in context.nodes_of(NodeKind::Package) {
            match has_imports {
                true => verdicts.judged(),
                false => verdicts.open(Open { subject: Some(package), missing: "imports" }),
            }
        }
        for (package, importers) in unwrapped(context) {
            verdicts.found(finding(context, package, &importers));
        }
    }
}

/// Packages that too many import directly, with who does.
pub(super) fn unwrapped(context: &Context<'_>) -> Vec<(NodeIx, Vec<(NodeIx, EdgeIx)>)> {
    let least = context.value(&META, &LEAST) as usize;
    let is_wrap = |kind| kind == EdgeKind::Wraps;
    let bare = context.nodes_of(NodeKind::Package).filter(|&package| {
        context.edges_from(package, is_wrap).next().is_none()
            && context.edges_into(package, is_wrap).next().is_none()
    });
    bare.map(|package| (package, importers(context, package)))
        .filter(|(_, importers)| importers.len() >= least)
        .collect()
}

fn importers(context: &Context<'_>, package: NodeIx) -> Vec<(NodeIx, EdgeIx)> {
    let mut seen = rustc_hash::FxHashSet::default();
    context
        .edges_from(package, |kind| kind == EdgeKind::Imports)
        .map(|edge| (context.graph.edge(edge).to, edge))
        .filter(|&(importer, _)| seen.insert(importer))
        .collect()
}

fn finding(context: &Context<'_>, package: NodeIx, importers: &[(NodeIx, EdgeIx)]) -> Finding {
    let message = format!(
        "Package `{}` is imported by {} and wrapped by nothing",
        context.name(package),
        counted(importers.len(), "module", "modules")
    );
    let mut finding = Finding::new(&META, context.graph, package, message)
        .number(
            "modules that import it",
            importers.len() as f64,
            context.value(&META, &LEAST),
            "modules",
        )
        .magnitude(1.0 + (importers.len() as f64 / context.value(&META, &LEAST)).log2());
    for &(importer, edge) in importers {
        let label = ("imported by", importer).into();
        let at = context.graph.details(edge).at;
        finding = finding.with("importer", importer).because(Evidence::Place { label, at });
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    const THREE: &str =
        "job a\njob b\nmodel c\npackage p\np -imports-> a\np -imports-> b\np -imports-> c\n";

    #[test]
    fn fires_on_a_package_that_many_import() {
        let judged = judge(&UnwrappedPackage, THREE);
        assert_eq!(judged.subjects(), ["p warning"]);
        assert_eq!(judged.others("importer"), ["a", "b", "c"]);
    }

    #[test]
    fn two_importers_and_one_twice_are_few() {
        let judged = judge(
            &UnwrappedPackage,
            "job a\njob b\npackage p\np -imports-> a\np -imports-> b\np -imports-> b",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn is_silent_on_the_wrapped_and_on_the_wrapper() {
        let wrapped = judge(&UnwrappedPackage, &format!("{THREE}package own\np -wraps-> own"));
        assert_eq!((wrapped.status, wrapped.subjects()), (Status::Pass, vec![]));
        let wrapper = judge(&UnwrappedPackage, &format!("{THREE}package tree\ntree -wraps-> p"));
        assert_eq!((wrapper.status, wrapper.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn without_imports_or_packages_it_is_open() {
        assert_eq!(judge(&UnwrappedPackage, "package p\njob a").status, Status::Open);
        assert_eq!(judge(&UnwrappedPackage, "job a").status, Status::Open);
    }
}
