/** Everybody does the same at once; says when all are through, and how long that took (milliseconds). */
export function attempted<T>(people: readonly T[], act: (one: T) => Promise<unknown>) {
  const begun = performance.now()
  let isOver = false
  const took = Promise.all(people.map(act)).then(() => {
    isOver = true
    return performance.now() - begun
  })
  return { took, over: () => isOver }
}
