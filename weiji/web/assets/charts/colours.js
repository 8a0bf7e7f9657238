// The colours of charts are the page's own.
export function colour(element, name) {
  return getComputedStyle(element).getPropertyValue(`--${name}`).trim();
}

/** 12345 → 1.2万 or 12.3k, as the page's numbers are written. */
export function short(value) {
  return new Intl.NumberFormat(document.documentElement.lang, { notation: "compact", maximumFractionDigits: 1 }).format(value);
}
