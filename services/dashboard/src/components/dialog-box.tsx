import { Dialog } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';

/** Stands above the page, inside a `Dialog.Root`; Escape and a press beside it close it. */
export function DialogBox(props: {
  title: string;
  why?: string;
  className?: string;
  onCloseAutoFocus?: ComponentProps<typeof Dialog.Content>['onCloseAutoFocus'];
  children: ReactNode;
}) {
  const { title, why, className = 'dialog', onCloseAutoFocus, children } = props;
  return (
    <Dialog.Portal>
      <Dialog.Overlay className="veil" />
      <Dialog.Content
        className={className}
        {...(why === undefined ? { 'aria-describedby': undefined } : {})}
        {...(onCloseAutoFocus === undefined ? {} : { onCloseAutoFocus })}
      >
        <Dialog.Title>{title}</Dialog.Title>
        {why === undefined ? null : <Dialog.Description className="small muted">{why}</Dialog.Description>}
        {children}
      </Dialog.Content>
    </Dialog.Portal>
  );
}
