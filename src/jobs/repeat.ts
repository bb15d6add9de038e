export interface Job {
  /** Resolves once what is being done at this moment is through. */
  stop(): Promise<void>
}

/** Does a piece of work over and over until stopped: at once where there was something to do, else after a pause. */
export function repeat(
  work: () => Promise<boolean>,
  pauseMs: number,
  onError: (error: unknown) => void,
): Job {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> = Promise.resolve()
  const next = (): void => {
    round = work()
      .catch((error: unknown) => {
        onError(error)
        return false
      })
      .then((worked) => {
        if (!stopped) timer = setTimeout(next, worked ? 0 : pauseMs)
      })
  }
  next()
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await round
    },
  }
}
