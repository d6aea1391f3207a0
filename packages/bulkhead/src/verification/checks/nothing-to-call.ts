export const NOTHING_TO_CALL = 'no action may be called: none has an example, or is declared pure';
export const NOTHING_ANSWERED = 'no call has been answered';
