// The square code of a waiting page, as it is served: draws the next second's when wait.js hands it over, and says so when
// it was confirmed. Knows nothing of what stands in the code.

const place = document.getElementById('wait')

/** Black runs as lines: as smart-id-wait.ts does it. */
function linesOf({ size, bits }) {
  const bytes = Uint8Array.from(atob(bits.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0))
  const black = (x, y) => x < size && (bytes[(y * size + x) >> 3] & (0x80 >> ((y * size + x) & 7))) !== 0
  let lines = ''
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const from = x
      while (black(x, y)) x++
      if (x > from) lines += `M${from} ${y}.5h${x - from}`
    }
  return lines
}

place.addEventListener('pratu-show', ({ detail }) => {
  const scan = document.getElementById('scan')
  if (!scan) return
  if (detail.confirmed) return scan.replaceWith(document.getElementById('confirmed').content.cloneNode(true))
  if (detail.picture) document.getElementById('square-lines').setAttribute('d', linesOf(detail.picture))
})
