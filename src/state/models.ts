/** The logged models of one run: which of them are open, and the artifacts of each. */
import type { IExplorerClient } from '../api/client';
import { ArtifactsState } from './artifacts';
import { Observable } from './observable';

export class ModelsState extends Observable {
  constructor(options: {
    client: IExplorerClient;
    /** Called when the user turns to an artifact of a model. */
    onActive: (artifacts: ArtifactsState) => void;
  }) {
    super();
    this._client = options.client;
    this._onActive = options.onActive;
  }

  override dispose(): void {
    this._forget();
    super.dispose();
  }

  /** The trees of the models that were opened. */
  get trees(): readonly ArtifactsState[] {
    return [...this._trees.values()];
  }

  /** The artifacts of a model that is open; undefined while it is closed. */
  artifacts(modelId: string): ArtifactsState | undefined {
    return this._expanded.has(modelId) ? this._trees.get(modelId) : undefined;
  }

  /** Stand at another run. */
  open(connection: string | null, runId: string | null): void {
    this._forget();
    this._connection = connection;
    this._runId = runId;
    this.emit();
  }

  /** Open or close a model; what was loaded stays. */
  setExpanded(modelId: string, isExpanded: boolean): void {
    if (this._expanded.has(modelId) === isExpanded) {
      return;
    }
    if (isExpanded) {
      this._expanded.add(modelId);
      this._tree(modelId);
    } else {
      this._expanded.delete(modelId);
    }
    this.emit();
  }

  /** Ask again for every folder that was opened. */
  async refresh(): Promise<void> {
    await Promise.all(this.trees.map(tree => tree.refresh()));
  }

  private _tree(modelId: string): void {
    if (this._trees.has(modelId)) {
      return;
    }
    const tree = new ArtifactsState({
      client: this._client,
      onActive: () => this._onActive(tree)
    });
    tree.open(this._connection, this._runId, modelId);
    tree.stateChanged.connect(this.emit, this);
    this._trees.set(modelId, tree);
  }

  private _forget(): void {
    this._trees.forEach(tree => tree.dispose());
    this._trees.clear();
    this._expanded.clear();
  }

  private _client: IExplorerClient;
  private _connection: string | null = null;
  private _expanded = new Set<string>();
  private _onActive: (artifacts: ArtifactsState) => void;
  private _runId: string | null = null;
  private _trees = new Map<string, ArtifactsState>();
}
