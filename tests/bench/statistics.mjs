// The arithmetic of the benchmark. Pure.

// Nearest rank, as `jingchu bench` has it: the smallest value that at least this share of all values does not exceed.
export function quantile(values, share) {
  if (values.length === 0) throw new RangeError('no values');
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1];
}

export function summarize(values) {
  return { minimum: quantile(values, 0), median: quantile(values, 0.5), maximum: quantile(values, 1) };
}

export const sum = (values) => values.reduce((all, value) => all + value, 0);
export const mean = (values) => sum(values) / values.length;

// Least squares: y = intercept + slope * x. `r_squared` is the share of the variance of y that the line explains.
export function fitLine(points) {
  const middle = { x: mean(points.map(({ x }) => x)), y: mean(points.map(({ y }) => y)) };
  const spread = (f, g) => sum(points.map((point) => f(point) * g(point)));
  const dx = ({ x }) => x - middle.x;
  const dy = ({ y }) => y - middle.y;
  const slope = spread(dx, dy) / spread(dx, dx);
  const intercept = middle.y - slope * middle.x;
  const rest = sum(points.map(({ x, y }) => (y - intercept - slope * x) ** 2));
  return { intercept, slope, r_squared: spread(dy, dy) === 0 ? 1 : 1 - rest / spread(dy, dy) };
}

// 'stretch', 'must' or 'missed'. A target is {least: true, must, stretch} where more is better, else {must, stretch}.
export function judge(value, { least = false, must, stretch }) {
  const holds = (bound) => (least ? value >= bound : value <= bound);
  if (stretch !== undefined && holds(stretch)) return 'stretch';
  return holds(must) ? 'must' : 'missed';
}

// Throughput of the second minute and of the last one, out of counts for each second; shorter windows where there are no
// three minutes. `every_second` may go on beyond `seconds`: what came when nothing was sent any more does not count.
export function secondAndLast(every_second, seconds) {
  const window = Math.min(60, Math.floor(seconds / 3));
  if (window < 1) throw new RangeError('a soak takes 3 seconds at least');
  const rate = (first) => sum(Array.from({ length: window }, (_, i) => every_second[first + i] ?? 0)) / window;
  const second = rate(window);
  const last = rate(seconds - window);
  return { window, second, last, ratio: second === 0 ? 0 : last / second };
}

// Whether memory stays where it is: a line through the second half of the samples rises by less than 5 % of their mean
// from its begin to its end. Samples are {seconds, bytes}.
export function flatness(samples) {
  const from = (samples[0].seconds + samples.at(-1).seconds) / 2;
  const half = samples.filter(({ seconds }) => seconds >= from);
  if (half.length < 2) return { rise: 0, flat: false };
  const { slope } = fitLine(half.map(({ seconds, bytes }) => ({ x: seconds, y: bytes })));
  const rise = slope * (half.at(-1).seconds - half[0].seconds) / mean(half.map(({ bytes }) => bytes));
  return { rise, flat: rise < 0.05 };
}
