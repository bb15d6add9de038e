import type { Browser, Locator } from 'playwright-core'

export interface Picture {
  width: number
  height: number
  /** Red, green, blue, alpha, row by row. */
  data: Uint8ClampedArray
}

/** What is really seen of an element: its pixels, decoded by the browser. */
export async function pixels(browser: Browser, element: Locator): Promise<Picture> {
  const png = (await element.screenshot()).toString('base64')
  const page = await browser.newPage()
  try {
    const { width, height, data } = (await page.evaluate(`(async () => {
      const bitmap = await createImageBitmap(await (await fetch('data:image/png;base64,${png}')).blob())
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')
      canvas.drawImage(bitmap, 0, 0)
      const { data } = canvas.getImageData(0, 0, bitmap.width, bitmap.height)
      const url = await new Promise((done) => {
        const reader = new FileReader()
        reader.onload = () => done(reader.result)
        reader.readAsDataURL(new Blob([data]))
      })
      return { width: bitmap.width, height: bitmap.height, data: url.split(',')[1] }
    })()`)) as { width: number; height: number; data: string }
    return { width, height, data: new Uint8ClampedArray(Buffer.from(data, 'base64')) }
  } finally {
    await page.close()
  }
}

/** The highest contrast between any two pixels (WCAG 2.2, contrast ratio). */
export function contrast({ data }: Picture): number {
  let [darkest, lightest] = [1, 0]
  for (let at = 0; at < data.length; at += 4) {
    const light = luminance(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0)
    darkest = Math.min(darkest, light)
    lightest = Math.max(lightest, light)
  }
  return (lightest + 0.05) / (darkest + 0.05)
}

const linear = (value: number): number => {
  const share = value / 255
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}

const luminance = (red: number, green: number, blue: number): number =>
  0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
