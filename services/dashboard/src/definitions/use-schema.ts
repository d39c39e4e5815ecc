import { useEffect, useState } from 'react';

/** A fault of a definition and its place, in the words that the API answers with. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

type Check = (value: unknown) => readonly Fault[];

let loading: Promise<Check> | undefined;

/** The service's own schema, loaded when somebody writes a first definition. */
function loadCheck(): Promise<Check> {
  loading ??= import('./check-definition.ts').then(
    ({ faultsOf }) => faultsOf,
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/** Null until the schema is there. */
export function useCheck(): Check | null {
  const [check, setCheck] = useState<{ readonly run: Check }>();
  useEffect(() => {
    let isGone = false;
    void loadCheck().then(
      (run) => {
        if (!isGone) setCheck({ run });
      },
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, []);
  return check?.run ?? null;
}
