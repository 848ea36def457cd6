import { guessDirection } from '../../state/direction';

it.each([
  ['auroc', 'higher'],
  ['val_loss', 'lower'],
  ['valLoss', 'lower'],
  ['RMSE', 'lower'],
  ['neg_log_loss', 'higher'],
  ['negative_mean_squared_error', 'higher'],
  ['logloss', 'lower'],
  ['fit_time', 'lower'],
  ['timeliness', 'higher'],
  ['', 'higher'],
  ['größe', 'higher']
])('%s: %s is better', (metric, direction) => {
  expect(guessDirection(metric)).toBe(direction);
});
