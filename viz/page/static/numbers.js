// Numbers as people read them, as viz/scene/numbers.py writes them.

/** A few significant digits; a tie goes to the even one, as in Python. */
function number(x, digits = 4) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "NaN" : x > 0 ? "∞" : "−∞";
  const size = Math.abs(x);
  let near = Number(size.toPrecision(digits)); // rounds ties up
  // Whatever ends after so few decimals has few binary digits.
  if (near > size && (Number.isInteger(size) || Math.fround(size) === size)) {
    const [exact, exponent] = size.toExponential(99).split("e"), kept = exact.slice(0, digits + 1);
    if (/^50*$/.test(exact.slice(digits + 1)) && kept.at(-1) % 2 === 0) near = Number(`${kept}e${exponent}`);
  }
  const text = near && (near < 1e-4 || near >= 10 ** digits) ? near.toExponential(digits - 1).replace(/\.?0*e\+?/, "e") : String(near);
  return (x < 0 ? "−" : "") + text.replace("-", "−");
}
