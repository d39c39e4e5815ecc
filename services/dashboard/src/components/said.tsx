/** A short sign for the eye, and the whole of it for who listens. */
export function Said({ shown, text }: { shown: string; text: string }) {
  return (
    <>
      <span aria-hidden="true">{shown}</span>
      <span className="hidden">{text}</span>
    </>
  );
}
