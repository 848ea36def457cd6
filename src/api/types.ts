/** Short names for the wire types, which are generated in `schema.d.ts`. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Artifact = Schemas['ArtifactEntry'];
export type ArtifactsPage = Schemas['ArtifactsPage'];
export type Cells = Schemas['Cells'];
export type CellsRequest = Schemas['CellsRequest'];
export type Columns = Schemas['Columns'];
export type Connection = Schemas['Connection'];
export type ConnectionCheck = Schemas['ConnectionCheck'];
export type Connections = Schemas['Connections'];
export type Experiment = Schemas['Experiment'];
export type ExperimentsPage = Schemas['ExperimentsPage'];
export type LoggedModel = Schemas['LoggedModel'];
export type MetricHistories = Schemas['MetricHistories'];
export type MetricHistory = Schemas['MetricHistory'];
export type Naming = Schemas['NamingRequest'];
export type NewConnection = Schemas['NewConnection'];
export type NotebookRequest = Schemas['NotebookRequest'];
export type NotebookWritten = Schemas['NotebookWritten'];
export type Problem = Schemas['Problem'];
export type RecipeInfo = Schemas['RecipeInfo'];
export type RecipeProblem = Schemas['RecipeProblem'];
export type Recipes = Schemas['Recipes'];
export type RefreshChange = Schemas['RefreshChange'];
export type Refreshed = Schemas['Refreshed'];
export type RefreshRequest = Schemas['RefreshRequest'];
export type Report = Schemas['Report'];
export type ReportFormat = Report['format'];
export type ReportRequest = Schemas['ReportRequest'];
export type Reports = Schemas['Reports'];
export type RunDetail = Schemas['RunDetail'];
export type RunsTable = Schemas['RunsTable'];
export type RunStatus = Schemas['Run']['status'];
export type Status = Schemas['Status'];
export type TemplateInfo = Schemas['TemplateInfo'];
export type View = 'active' | 'deleted' | 'all';

/** A number as it travels: non-finite ones are strings, because JSON has no word for them. */
export type WireNumber = number | 'NaN' | 'Infinity' | '-Infinity';

/** The number that a wire value stands for; NaN for anything that is none. */
export function fromWire(value: unknown): number {
  if (typeof value === 'number') {
    return value;
  }
  switch (value) {
    case 'Infinity':
      return Infinity;
    case '-Infinity':
      return -Infinity;
    default:
      return NaN;
  }
}
