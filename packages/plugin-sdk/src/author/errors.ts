/** The call has been cancelled, or its time is over: the reason of `context.signal`, and what waiting for the host fails with. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';

  constructor() {
    super('the call was cancelled');
  }
}

/** A call of another plugin failed, or a resource was not granted. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  /** One of the host's error codes. */
  readonly code: string;
  /** What the other plugin's error carried in its `data`. */
  readonly data: unknown;

  constructor(code: string, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** Thrown by a hook: stops the chain there, for the reason given. */
export class Veto extends Error {
  override readonly name = 'Veto';
}

/** The input does not fit the action's schema. */
export class InputRejected extends Error {
  override readonly name = 'InputRejected';
  /** Of the value that does not fit, such as `$.rows[3].name`. */
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** A plugin that is not written as one has to be. */
export class Miswritten extends Error {
  override readonly name = 'Miswritten';
  readonly mistakes: readonly { readonly message: string; readonly file?: string }[];

  constructor(messages: readonly string[], file?: string) {
    super(messages.join('; '));
    this.mistakes = messages.map((message) => (file === undefined ? { message } : { message, file }));
  }
}
