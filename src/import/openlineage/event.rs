//! What is read of an OpenLineage event, run, job or dataset; every other facet is skipped.

use super::super::Text;
use super::super::lenient::{Entries, object};
use std::borrow::Cow;

object! {
    /// A RunEvent, JobEvent or DatasetEvent: told apart by which of `run`, `job` and `dataset` is there.
    Event<'a> {
        event_type: Cow<'a, str> = "eventType",
        event_time: Cow<'a, str> = "eventTime",
        run: Run<'a> = "run",
        job: Job<'a> = "job",
        dataset: Dataset<'a> = "dataset",
        inputs: Vec<Dataset<'a>> = "inputs",
        outputs: Vec<Dataset<'a>> = "outputs",
    }
}

impl Event<'_> {
    /// Where about it stands in `text`: at the first of its own texts that nothing in it hides.
    pub(super) fn position(&self, text: &Text<'_>) -> Option<usize> {
        let run = self.run.get().and_then(|run| run.run_id.get());
        let job = self.job.get().and_then(|job| job.name.get());
        let dataset = self.dataset.get().and_then(|dataset| dataset.name.get());
        let own = [self.event_type.get(), self.event_time.get(), run, job, dataset];
        own.into_iter().flatten().filter_map(|part| text.offset_of(part)).min()
    }
}

object! {
    Run<'a> {
        run_id: Cow<'a, str> = "runId",
        facets: RunFacets<'a> = "facets",
    }
}

object! {
    RunFacets<'a> {
        parent: Parent<'a> = "parent",
    }
}

object! {
    /// The run within which this one was started.
    Parent<'a> {
        job: Named<'a> = "job",
    }
}

object! {
    /// The key of a job or dataset.
    Named<'a> {
        namespace: Cow<'a, str> = "namespace",
        name: Cow<'a, str> = "name",
    }
}

object! {
    Job<'a> {
        namespace: Cow<'a, str> = "namespace",
        name: Cow<'a, str> = "name",
        facets: JobFacets<'a> = "facets",
    }
}

object! {
    JobFacets<'a> {
        documentation: Documentation<'a> = "documentation",
        ownership: Ownership<'a> = "ownership",
        job_type: JobType<'a> = "jobType",
        source_code: SourceCode<'a> = "sourceCode",
        location: SourceCodeLocation<'a> = "sourceCodeLocation",
        tags: Tags<'a> = "tags",
    }
}

object! {
    Documentation<'a> {
        description: Cow<'a, str> = "description",
    }
}

object! {
    Ownership<'a> {
        owners: Vec<Owner<'a>> = "owners",
    }
}

object! {
    Owner<'a> {
        name: Cow<'a, str> = "name",
    }
}

impl Ownership<'_> {
    /// The first team, else the first that is named at all.
    pub(super) fn first(&self) -> Option<&str> {
        let names = || self.owners.items().iter().filter_map(|owner| owner.name.filled());
        names().find(|name| name.starts_with("team:")).or_else(|| names().next())
    }
}

object! {
    JobType<'a> {
        integration: Cow<'a, str> = "integration",
        job_type: Cow<'a, str> = "jobType",
    }
}

object! {
    SourceCode<'a> {
        language: Cow<'a, str> = "language",
    }
}

object! {
    SourceCodeLocation<'a> {
        url: Cow<'a, str> = "url",
        version: Cow<'a, str> = "version",
    }
}

object! {
    Tags<'a> {
        tags: Vec<Tag<'a>> = "tags",
    }
}

object! {
    Tag<'a> {
        key: Cow<'a, str> = "key",
        value: Cow<'a, str> = "value",
        /// Set when the tag is about a column and not about the dataset.
        field: Cow<'a, str> = "field",
    }
}

object! {
    Dataset<'a> {
        namespace: Cow<'a, str> = "namespace",
        name: Cow<'a, str> = "name",
        facets: DatasetFacets<'a> = "facets",
        input_facets: DatasetFacets<'a> = "inputFacets",
        output_facets: DatasetFacets<'a> = "outputFacets",
    }
}

impl<'a> Dataset<'a> {
    /// Facets stand in three objects, and producers do not agree on which stands where.
    pub(super) fn all_facets(&self) -> impl Iterator<Item = &DatasetFacets<'a>> {
        [&self.facets, &self.input_facets, &self.output_facets].into_iter().filter_map(|f| f.get())
    }
}

object! {
    DatasetFacets<'a> {
        documentation: Documentation<'a> = "documentation",
        ownership: Ownership<'a> = "ownership",
        schema: Schema<'a> = "schema",
        symlinks: Symlinks<'a> = "symlinks",
        lineage: ColumnLineage<'a> = "columnLineage",
        assertions: Assertions<'a> = "dataQualityAssertions",
        dataset_type: DatasetType<'a> = "datasetType",
        tags: Tags<'a> = "tags",
    }
}

object! {
    Schema<'a> {
        fields: Vec<SchemaField<'a>> = "fields",
    }
}

object! {
    SchemaField<'a> {
        name: Cow<'a, str> = "name",
        data_type: Cow<'a, str> = "type",
        description: Cow<'a, str> = "description",
        /// Of a structure: what is in it.
        fields: Vec<SchemaField<'a>> = "fields",
    }
}

object! {
    Symlinks<'a> {
        identifiers: Vec<Named<'a>> = "identifiers",
    }
}

object! {
    /// By column of the dataset that carries it.
    ColumnLineage<'a> {
        fields: Entries<'a, FieldLineage<'a>> = "fields",
    }
}

object! {
    FieldLineage<'a> {
        inputs: Vec<InputField<'a>> = "inputFields",
    }
}

object! {
    InputField<'a> {
        namespace: Cow<'a, str> = "namespace",
        name: Cow<'a, str> = "name",
        field: Cow<'a, str> = "field",
    }
}

object! {
    Assertions<'a> {
        assertions: Vec<Assertion<'a>> = "assertions",
    }
}

object! {
    Assertion<'a> {
        assertion: Cow<'a, str> = "assertion",
        success: bool = "success",
        column: Cow<'a, str> = "column",
    }
}

object! {
    DatasetType<'a> {
        dataset_type: Cow<'a, str> = "datasetType",
    }
}
