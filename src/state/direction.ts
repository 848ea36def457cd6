/** Which metrics are better when smaller, judged by the words in their names, as the recipes judge them. Pure. */

/** What makes a value of a metric the best one. */
export type Direction = 'higher' | 'lower';

/**
 * Whole words of a metric's name; the same as in `jupyter_mlflow_explorer/cells/direction.py`, where the sources are
 * named, so that a table and the cells inserted from it mark the same values.
 */
const SMALLER = new Set(
  (
    'aic bce bic bouldin brier cer cost crossentropy crps davies deviance ' +
    'distance divergence duration ece eer energy entropy err error errors fid ' +
    'fnr fpr hamming hinge inertia kl kld latency loss losses mad mae mape ' +
    'mase misclassification mle mpe mse msle nll nrmse perplexity pinball ppl ' +
    'regret residual rmse rmsle runtime seconds smape time wape wer'
  ).split(' ')
);

/** The likely direction of a metric; unknown names count as higher is better. */
export function guessDirection(metric: string): Direction {
  const words = (metric.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []).map(
    word => word.toLowerCase()
  );
  const isSmaller = words.some(
    word => SMALLER.has(word) || /(loss|error)$/.test(word)
  );
  // A negated loss, such as scikit-learn's `neg_log_loss`, is a score.
  const isNegated = words.includes('neg') || words.includes('negative');
  return isSmaller && !isNegated ? 'lower' : 'higher';
}
