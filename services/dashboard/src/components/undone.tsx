import type { Problem } from '../data/ask.ts';

/** Why a change was not made, in the words of the API, with the parts of the input at fault. */
export function Undone({ problem }: { problem: Problem | undefined }) {
  if (problem === undefined) return null;
  const { errors } = problem.members;
  const faults = Array.isArray(errors) ? (errors as readonly { path?: unknown; message?: unknown }[]) : [];
  return (
    <div className="note bad" role="alert">
      <strong>{problem.title}</strong> {problem.detail}
      {faults.length === 0 ? null : (
        <ul>
          {faults.map(({ path, message }) => (
            <li key={`${String(path)} ${String(message)}`}>
              <code>{String(path)}</code> {String(message)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
