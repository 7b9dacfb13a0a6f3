//! Small dense symmetric systems.

/// Solves `A x = b` for a symmetric positive definite matrix given by the rows of its lower
/// triangle (Cholesky); `None` when
/// a pivot is not clearly positive, which is when the columns that made `A` are dependent.
pub(crate) fn solve_spd(matrix: &[Vec<f64>], right: &[f64]) -> Option<Vec<f64>> {
    let factor = cholesky(matrix)?;
    Some(substitute(&factor, right))
}

fn cholesky(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    let mut factor = vec![vec![0.0; n]; n];
    for row in 0..n {
        for column in 0..=row {
            let known = factor[row].iter().zip(&factor[column]).take(column);
            let rest = matrix[row][column] - known.map(|(a, b)| a * b).sum::<f64>();
            if row == column {
                let pivot_is_clear = rest > 1e-13 * matrix[row][row].abs() && rest.is_finite();
                if !pivot_is_clear {
                    return None;
                }
                factor[row][row] = rest.sqrt();
            } else {
                factor[row][column] = rest / factor[column][column];
            }
        }
    }
    Some(factor)
}

fn substitute(factor: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let n = factor.len();
    let mut x = right.to_vec();
    for row in 0..n {
        for k in 0..row {
            x[row] -= factor[row][k] * x[k];
        }
        x[row] /= factor[row][row];
    }
    for row in (0..n).rev() {
        for k in row + 1..n {
            x[row] -= factor[k][row] * x[k];
        }
        x[row] /= factor[row][row];
    }
    x
}
