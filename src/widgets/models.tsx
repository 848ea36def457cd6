/** The models that a run logged (MLflow 3): each opens to its own artifacts. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { LoggedModel } from '../api/types';
import { oneLine } from '../format';
import type { ModelsState } from '../state/models';
import { Artifacts, type IArtifactsActions } from './artifacts';
import { CopyButton } from './controls';

export interface IModelsProps {
  models: ModelsState;
  entries: readonly LoggedModel[];
  actions: IArtifactsActions;
  onCopy: (text: string) => void;
  trans: TranslationBundle;
}

export function Models(props: IModelsProps): JSX.Element {
  return (
    <div className="jp-MlflowModels">
      {props.entries.map((model, index) => (
        <Model key={model.model_id} {...props} model={model} index={index} />
      ))}
    </div>
  );
}

function Model(
  props: IModelsProps & { model: LoggedModel; index: number }
): JSX.Element {
  const { models, model, trans } = props;
  const artifacts = models.artifacts(model.model_id);
  const name = oneLine(model.name ?? '') || model.model_id;
  const status = statusText(model.status ?? null, trans);
  return (
    <details
      className="jp-MlflowModel"
      open={artifacts !== undefined}
      data-model-id={model.model_id}
      onToggle={event =>
        models.setExpanded(model.model_id, event.currentTarget.open)
      }
    >
      <summary title={[name, model.model_id].join('\n')}>
        <span className="jp-MlflowModel-name">{name}</span>
        {typeof model.step === 'number' && (
          <span className="jp-MlflowTag">
            {trans.__('step %1', model.step.toLocaleString())}
          </span>
        )}
        {status && (
          <span
            className={`jp-MlflowTag${model.status === 'FAILED' ? ' jp-mod-failed' : ''}`}
          >
            {status}
          </span>
        )}
      </summary>
      {artifacts && (
        <>
          <div className="jp-MlflowModel-id">
            <code title={oneLine(model.model_id)}>{model.model_id}</code>
            <CopyButton
              label={trans.__('Copy id of model %1', name)}
              value={model.model_id}
              onCopy={props.onCopy}
            />
          </div>
          <Artifacts
            artifacts={artifacts}
            actions={props.actions}
            label={trans.__('Artifacts of model %1', name)}
            none={trans.__('This model has no artifacts.')}
            idPrefix={`jp-mlflow-model-${props.index}-artifact`}
            trans={trans}
          />
        </>
      )}
    </details>
  );
}

/** What became of the model, in a word; '' where MLflow does not say. */
function statusText(status: string | null, trans: TranslationBundle): string {
  switch (status) {
    case 'READY':
      return trans.__('Ready');
    case 'PENDING':
      return trans.__('Pending');
    case 'FAILED':
      return trans.__('Failed');
    case null:
    case 'UNSPECIFIED':
      return '';
    default:
      return oneLine(status);
  }
}
