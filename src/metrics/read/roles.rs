//! What each column is for: declared, or guessed from its name and shown for confirmation.

use crate::model::Severity;
use std::path::Path;

use super::report::{ReadProblem, Spot};

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// When the prediction was made.
    Time,
    /// Which model made it, in tables with a row a model.
    Model,
    /// Which version of it.
    Version,
    /// What happened: 0 or 1.
    Label,
    /// How much the row counts.
    Weight,
    /// What the model said: a probability.
    Score,
    /// Something to slice by.
    Dimension,
    /// Not read: keys, texts.
    Ignored,
}

impl Role {
    pub const ALL: &[Self] = &[
        Self::Time,
        Self::Model,
        Self::Version,
        Self::Label,
        Self::Weight,
        Self::Score,
        Self::Dimension,
        Self::Ignored,
    ];

    /// As written in manifests and sidecars.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Model => "model",
            Self::Version => "version",
            Self::Label => "label",
            Self::Weight => "weight",
            Self::Score => "score",
            Self::Dimension => "dimension",
            Self::Ignored => "ignored",
        }
    }

    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.key() == key)
    }
}

/// How numbers of a dimension become values.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Binning {
    /// Each number is a value while they are few, else ranges of equal mass.
    #[default]
    Auto,
    /// Ranges of equal mass, so many.
    Quantiles(usize),
    /// Ranges that start at these numbers.
    Cuts(Vec<f32>),
    /// Every value is a name, even if it looks like a number.
    Names,
}

/// A column and what it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnRole {
    pub column: Box<str>,
    pub role: Role,
    /// Whether it was guessed, so that the reader should confirm it.
    pub guessed: bool,
    /// For [`Role::Score`], the model it belongs to; elsewhere empty.
    pub model: Box<str>,
    /// For [`Role::Dimension`].
    pub binning: Binning,
}

/// What the columns are for, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roles(pub Vec<ColumnRole>);

impl Roles {
    pub fn of(&self, role: Role) -> impl Iterator<Item = &ColumnRole> {
        self.0.iter().filter(move |own| own.role == role)
    }

    /// As [`Self::declare`] for each column with the key of a role; of others nothing is said.
    pub fn of_keys<'k>(columns: impl Iterator<Item = (&'k str, &'k str)>) -> Self {
        let mut roles = Self::default();
        for (column, key) in columns {
            if let Some(role) = Role::parse(key) {
                roles.declare(column, role);
            }
        }
        roles
    }

    /// Declares what `column` is for; a declared role is never guessed over.
    pub fn declare(&mut self, column: &str, role: Role) -> &mut ColumnRole {
        self.0.retain(|own| &*own.column != column);
        let model = if role == Role::Score { model_of(column) } else { "".into() };
        self.0.push(ColumnRole {
            column: column.into(),
            role,
            guessed: false,
            model,
            binning: Binning::default(),
        });
        let last = self.0.len() - 1;
        &mut self.0[last]
    }
}

/// Names that columns go by, in lower case, the usual ones first; matched as a whole.
const NAMES: &[(Role, &[&str])] = &[
    (
        Role::Time,
        &["ts", "time", "timestamp", "event_time", "datetime", "date", "day", "created_at"],
    ),
    (Role::Model, &["model", "model_name", "model_id"]),
    (Role::Version, &["version", "model_version"]),
    (
        Role::Label,
        &[
            "label",
            "y",
            "target",
            "y_true",
            "outcome",
            "actual",
            "click",
            "clicked",
            "is_click",
            "converted",
        ],
    ),
    (Role::Weight, &["weight", "w", "sample_weight", "importance_weight"]),
    (
        Role::Score,
        &[
            "score",
            "prediction",
            "pred",
            "p",
            "prob",
            "probability",
            "y_pred",
            "y_score",
            "predicted",
        ],
    ),
];

/// Beginnings and ends of names of scores, the rest being the model.
const SCORE_PREFIXES: &[&str] =
    &["score_", "pred_", "prediction_", "prob_", "p_", "score.", "pred."];
const SCORE_SUFFIXES: &[&str] = &["_score", "_pred", "_prediction", "_prob", "_probability"];

/// Names of keys, which tell rows apart and are nothing to slice by.
const KEYS: &[&str] = &["id", "uuid", "key", "row_id", "request_id", "impression_id", "index"];

/// The model that a column of scores is named after.
fn model_of(column: &str) -> Box<str> {
    let lower = column.to_lowercase();
    let prefix = SCORE_PREFIXES.iter().find(|prefix| lower.starts_with(**prefix));
    let suffix = SCORE_SUFFIXES.iter().find(|suffix| lower.ends_with(**suffix));
    let own = match (prefix, suffix) {
        (Some(prefix), _) => &column[prefix.len()..],
        (None, Some(suffix)) => &column[..column.len() - suffix.len()],
        _ => column,
    };
    if own.is_empty() { column.into() } else { own.into() }
}

fn guess(column: &str) -> Role {
    let lower = column.to_lowercase();
    let named = NAMES.iter().find(|(_, names)| names.contains(&lower.as_str()));
    if let Some((role, _)) = named {
        return *role;
    }
    let score = SCORE_PREFIXES.iter().any(|prefix| lower.starts_with(prefix))
        || SCORE_SUFFIXES.iter().any(|suffix| lower.ends_with(suffix));
    match () {
        () if score => Role::Score,
        () if KEYS.contains(&lower.as_str()) => Role::Ignored,
        () => Role::Dimension,
    }
}

/// Roles of `columns`: the declared ones, and guesses for the rest. Says what is ambiguous or absent.
pub(super) fn assign(
    file: &Path,
    columns: &[String],
    declared: &Roles,
    problems: &mut Vec<ReadProblem>,
) -> Roles {
    let say = |severity, column: &str, message: String, hint: &str| {
        ReadProblem::new(severity, file, Spot::File, message).column(column).hint(hint)
    };
    let mut roles = Roles::default();
    for own in &declared.0 {
        if !columns.iter().any(|column| **column == *own.column) {
            let message =
                format!("there is no column {}; there are {}", own.column, columns.join(", "));
            problems.push(say(Severity::Error, &own.column, message, "declare one of these"));
        }
    }
    let is_declared = |role: Role| declared.of(role).next().is_some();
    for column in columns {
        if let Some(own) = declared.0.iter().find(|own| *own.column == **column) {
            roles.0.push(own.clone());
            continue;
        }
        let mut role = guess(column);
        let single =
            matches!(role, Role::Time | Role::Model | Role::Version | Role::Label | Role::Weight);
        if single && (is_declared(role) || roles.of(role).next().is_some()) {
            let taken = declared.of(role).chain(roles.of(role)).next();
            let taken = taken.map(|own| own.column.to_string()).unwrap_or_default();
            if !is_declared(role) {
                let message = format!(
                    "both {taken} and {column} look like the {role:?} column; {taken} is taken"
                );
                problems.push(say(
                    Severity::Warning,
                    column,
                    message.to_lowercase(),
                    "declare which one it is",
                ));
            }
            role = Role::Ignored;
        }
        let model = if role == Role::Score { model_of(column) } else { "".into() };
        let binning = Binning::default();
        roles.0.push(ColumnRole {
            column: column.as_str().into(),
            role,
            guessed: true,
            model,
            binning,
        });
    }
    demote(&mut roles, file, problems);
    roles
}

/// In a table with a row a model there is one score; without a model column a version is a dimension.
fn demote(roles: &mut Roles, file: &Path, problems: &mut Vec<ReadProblem>) {
    let scores = roles.of(Role::Score).count();
    let wide = scores > 1;
    for own in roles.0.iter_mut().filter(|own| own.guessed) {
        if wide && matches!(own.role, Role::Model | Role::Version) {
            own.role = Role::Dimension;
        }
    }
    if roles.of(Role::Label).next().is_none() {
        let message =
            "no column looks like a label, so only the predictions themselves can be compared";
        let problem = ReadProblem::new(Severity::Warning, file, Spot::File, message.to_owned());
        problems.push(problem.hint("declare the column that says what happened"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_name_the_same_roles() {
        let keys: Vec<&str> = Role::ALL.iter().map(|role| role.key()).collect();
        assert_eq!(keys, crate::model::PredictionsFile::ROLES);
    }

    fn roles_of(columns: &[&str], declared: &Roles) -> (Vec<Role>, Vec<String>, Roles) {
        let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
        let mut problems = Vec::new();
        let roles = assign(Path::new("p.csv"), &columns, declared, &mut problems);
        let lines = problems.iter().map(ToString::to_string).collect();
        (roles.0.iter().map(|own| own.role).collect(), lines, roles)
    }

    #[test]
    fn usual_names_are_understood() {
        let columns = ["ts", "country", "label", "score_a", "B_pred", "weight", "id"];
        let (roles, problems, all) = roles_of(&columns, &Roles::default());
        use Role::{Dimension, Ignored, Label, Score, Time, Weight};
        assert_eq!(roles, [Time, Dimension, Label, Score, Score, Weight, Ignored]);
        assert_eq!(problems, [""; 0]);
        let models: Vec<&str> = all.of(Score).map(|own| &*own.model).collect();
        assert_eq!(models, ["a", "B"]);
    }

    #[test]
    fn a_row_a_model_has_model_and_version() {
        let (roles, ..) = roles_of(&["model", "version", "score", "label"], &Roles::default());
        assert_eq!(roles, [Role::Model, Role::Version, Role::Score, Role::Label]);
        let (roles, ..) = roles_of(&["version", "score_a", "score_b", "y"], &Roles::default());
        assert_eq!(roles, [Role::Dimension, Role::Score, Role::Score, Role::Label]);
    }

    #[test]
    fn what_is_ambiguous_or_absent_is_said() {
        let (roles, problems, _) = roles_of(&["y", "label", "p"], &Roles::default());
        assert_eq!(roles, [Role::Label, Role::Ignored, Role::Score]);
        assert_eq!(
            problems,
            ["p.csv, column label: both y and label look like the label column; y is taken \
              (declare which one it is)"]
        );
        let mut declared = Roles::default();
        declared.declare("label", Role::Label);
        declared.declare("country", Role::Dimension);
        let (roles, problems, _) = roles_of(&["y", "label", "p"], &declared);
        assert_eq!(roles, [Role::Ignored, Role::Label, Role::Score]);
        assert_eq!(
            problems,
            ["p.csv, column country: there is no column country; there are y, label, p \
              (declare one of these)"]
        );
    }
}
