/** The state machine interpreter asks for Promise.withResolvers, which Node.js has since 22. Import it first. */
if (!('withResolvers' in Promise)) {
  Object.defineProperty(Promise, 'withResolvers', {
    value: () => {
      let resolve: (value: unknown) => void = () => {};
      let reject: (reason: unknown) => void = () => {};
      const promise = new Promise((onValue, onReason) => {
        resolve = onValue;
        reject = onReason;
      });
      return { promise, resolve, reject };
    },
  });
}

export {};
