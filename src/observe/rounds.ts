/** Does something again and again, never twice at once, until stopped; what is under way is then waited for. */
export function every(
  ms: number,
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  let round: Promise<unknown> | undefined
  const timer = setInterval(() => {
    round ??= work()
      .catch(onError)
      .finally(() => {
        round = undefined
      })
  }, ms).unref()
  return {
    async stop() {
      clearInterval(timer)
      await round
    },
  }
}
