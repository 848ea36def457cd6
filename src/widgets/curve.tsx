/** The small curve beside a metric, as SVG. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { fromWire, type MetricHistory } from '../api/types';
import { formatNumber } from '../format';

const WIDTH = 72;
const HEIGHT = 18;
const MARGIN = 2;

/** Where a curve runs: the path of its pieces, and dots for pieces of one point. */
export interface ICurvePath {
  readonly path: string;
  readonly dots: readonly (readonly [number, number])[];
}

/**
 * Lay points out in the box. A NaN or infinite value is a gap; a constant curve runs in the middle.
 *
 * `points` are [x, value], sorted by x.
 */
export function layOut(
  points: readonly (readonly [number, number])[]
): ICurvePath {
  const finite = points.filter(([, value]) => Number.isFinite(value));
  if (finite.length === 0) {
    return { path: '', dots: [] };
  }
  const xs = points.map(([x]) => x);
  const values = finite.map(([, value]) => value);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const scale = (at: number, from: number, to: number, size: number) =>
    to > from ? size * ((at - from) / (to - from)) : size / 2;
  const place = ([x, value]: readonly [number, number]): [number, number] => [
    round(MARGIN + scale(x, x0, x1, WIDTH - 2 * MARGIN)),
    // Halving first keeps the difference finite for values near the largest double.
    round(
      HEIGHT - MARGIN - scale(value / 2, low / 2, high / 2, HEIGHT - 2 * MARGIN)
    )
  ];

  const pieces: [number, number][][] = [[]];
  for (const point of points) {
    if (Number.isFinite(point[1])) {
      pieces[pieces.length - 1].push(place(point));
    } else if (pieces[pieces.length - 1].length > 0) {
      pieces.push([]);
    }
  }
  return {
    path: pieces
      .filter(piece => piece.length > 1)
      .map(piece => `M${piece.map(([x, y]) => `${x} ${y}`).join('L')}`)
      .join(''),
    dots: pieces.filter(piece => piece.length === 1).map(([point]) => point)
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function Curve(props: {
  history: MetricHistory | undefined;
  trans: TranslationBundle;
}): JSX.Element {
  const { history, trans } = props;
  if (!history || history.points.length < 2) {
    return <span className="jp-MlflowCurve" aria-hidden="true" />;
  }
  const points = history.points.map(
    ([step, time, value]): [number, number, number] => [
      step,
      time,
      fromWire(value)
    ]
  );
  // Without steps (all 0) the order of time is the order there is.
  const bySteps = points[0][0] !== points[points.length - 1][0];
  const { path, dots } = layOut(
    points.map(point => [bySteps ? point[0] : point[1], point[2]])
  );
  const finite = points.map(point => point[2]).filter(Number.isFinite);
  const gaps = points.length - finite.length;
  const label =
    finite.length === 0
      ? trans.__('%1 values, none of them finite', history.total)
      : trans.__(
          '%1 values, smallest %2, largest %3',
          history.total,
          formatNumber(Math.min(...finite)),
          formatNumber(Math.max(...finite))
        );
  const title =
    gaps > 0 && finite.length > 0
      ? `${label}${trans.__(', with gaps (NaN or infinite)')}`
      : label;
  return (
    <svg
      className="jp-MlflowCurve"
      role="img"
      aria-label={title}
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
    >
      <title>{title}</title>
      {path && <path d={path} />}
      {dots.map(([x, y]) => (
        <circle key={`${x} ${y}`} cx={x} cy={y} r={1.5} />
      ))}
    </svg>
  );
}
