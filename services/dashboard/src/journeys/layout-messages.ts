/** The messages between the page and the worker that lays a map out. */

export interface ToLayOut {
  readonly id: number;
  readonly nodes: readonly { readonly label: string; readonly width: number; readonly height: number }[];
  readonly ways: readonly { readonly from: string; readonly to: string; readonly weight: number }[];
}

export interface LaidOut {
  readonly id: number;
  readonly width: number;
  readonly height: number;
  /** Middle of each node, in the order asked. */
  readonly places: readonly { readonly x: number; readonly y: number }[];
}
