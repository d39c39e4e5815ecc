import { useEffect, useState } from 'react';
import type { LaidOut, ToLayOut } from './layout-messages.ts';

type Graph = Omit<ToLayOut, 'id'>;
let asked = 0;

/** The places of a graph, from a worker of its own; `failed` if there can be none. */
export function useLayout(graph: Graph): LaidOut | 'failed' | undefined {
  const [found, setFound] = useState<{ key: string; layout: LaidOut | 'failed' }>();
  const key = JSON.stringify(graph);
  useEffect(() => {
    const id = ++asked;
    const fail = (): void => setFound({ key, layout: 'failed' });
    let worker: Worker | undefined;
    try {
      worker = new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' });
      worker.onmessage = ({ data }: MessageEvent<LaidOut>) => {
        if (data.id === id) setFound({ key, layout: data });
        worker?.terminate();
      };
      worker.onerror = fail;
      worker.postMessage({ ...(JSON.parse(key) as Graph), id });
    } catch {
      fail();
    }
    return () => worker?.terminate();
  }, [key]);
  return found?.key === key ? found.layout : undefined;
}
