/** The types of the events that are listened for, from now on. */
export function listeners(target: EventTarget): () => readonly string[] {
  const types: string[] = [];
  const { addEventListener, removeEventListener } = target;
  target.addEventListener = function (...[type, ...rest]: Parameters<typeof addEventListener>) {
    types.push(type);
    addEventListener.call(this, type, ...rest);
  };
  target.removeEventListener = function (...[type, ...rest]: Parameters<typeof removeEventListener>) {
    types.splice(types.indexOf(type), 1);
    removeEventListener.call(this, type, ...rest);
  };
  return () => [...types];
}
