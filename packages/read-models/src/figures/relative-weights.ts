import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Below this the least eigenvalue is 0 but for rounding: the predictors depend on one another. */
const EIGENVALUE_LEAST = 1e-9;

export interface RelativeWeights {
  /** Weight of each predictor; their sum is r². */
  readonly raw: readonly number[];
  readonly r2: number;
}

/**
 * Johnson's (2000) relative weights: how much of what predictors explain belongs to each, although
 * they correlate. `correlations` of the predictors, row by row, and `withOutcome` of each with the
 * outcome.
 * @returns null where a correlation is missing or the predictors' matrix is singular.
 */
export function relativeWeights(
  correlations: readonly (readonly number[])[],
  withOutcome: readonly number[],
): RelativeWeights | null {
  if (![...correlations.flat(), ...withOutcome].every(Number.isFinite)) return null;
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    new Matrix(correlations.map((row) => [...row])),
    { assumeSymmetric: true },
  );
  if (Math.min(...realEigenvalues) < EIGENVALUE_LEAST) return null;
  const roots = (power: number) => Matrix.diag(realEigenvalues.map((value) => value ** power));
  const symmetric = (power: number) => eigenvectorMatrix.mmul(roots(power)).mmul(eigenvectorMatrix.transpose());
  const loadings = symmetric(0.5);
  const betas = symmetric(-0.5)
    .mmul(Matrix.columnVector([...withOutcome]))
    .to1DArray();
  const raw = loadings.to2DArray().map((row) => row.reduce((sum, loading, at) => sum + (loading * betas[at]!) ** 2, 0));
  return { raw, r2: betas.reduce((sum, beta) => sum + beta * beta, 0) };
}
