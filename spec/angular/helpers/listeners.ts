/** The types of the events that are listened for, from now on. */
export function listeners(target: EventTarget): () => readonly string[] {
  const types: string[] = [];
  const add = target.addEventListener.bind(target);
  const remove = target.removeEventListener.bind(target);
  target.addEventListener = (...[type, ...rest]: Parameters<typeof add>) => {
    types.push(type);
    add(type, ...rest);
  };
  target.removeEventListener = (...[type, ...rest]: Parameters<typeof remove>) => {
    types.splice(types.indexOf(type), 1);
    remove(type, ...rest);
  };
  return () => [...types];
}
