// The table of derivatives for operations on numbers, with the conventions of autograd/rules.

/**
 * For each operation what it computes, of (operands, parameters), and its local derivative in each
 * operand: a number, or a function of (operands, result, parameters); true or false is a gate.
 */
const RULES = (() => {
  const ROOT_PI = Math.sqrt(Math.PI), ROOT_2PI = Math.sqrt(2 * Math.PI), TINY = Math.fround(1e-12);
  const { abs, exp, log, log1p } = Math;
  const shut = () => false;
  const sign = (x) => (x === x ? (x > 0) - (x < 0) : x);
  const copysign = (a, b) => (b < 0 || Object.is(b, -0) ? -abs(a) : abs(a));
  /** 0 where an argument loses, ½ at a tie, else 1. */
  const share = (loses, ties) => 1 - loses - 0.5 * ties;
  const larger = (a, b) => (a > b || a !== a ? a : b), smaller = (a, b) => (a < b || a !== a ? a : b);
  const ratio = (x, r) => (r === 0 ? 0 : x / r);
  const difference = (a, b) => (a === b && abs(a) === Infinity ? 0 : a - b);
  const undefinedLog = (a, bound) => a === 0 && bound <= 0;
  const cutOff = (logarithm) => larger(logarithm, -100);
  /** As C has it: 1 to any power is 1, and so is −1 to an infinite one. */
  const power = (a, b) => (a === 1 || (a === -1 && abs(b) === Infinity) ? 1 : a ** b);

  /** To the nearest whole number; halves to the even one. */
  function rint(x) {
    const near = Math.round(x);
    return abs(x % 1) === 0.5 && near % 2 ? near - 1 : near;
  }

  function sigmoid(x) {
    const small = exp(-abs(x));
    return (x >= 0 ? 1 : small) / (1 + small);
  }

  /** The remainder with the sign of the divisor, and the whole quotient that goes with it. */
  function remainder(a, b) {
    const rest = a % b;
    return rest === 0 ? copysign(0, b) : b < 0 !== rest < 0 ? rest + b : rest;
  }
  function floorDivide(a, b) {
    if (b === 0) return a / b;
    const rest = a % b, quotient = (a - rest) / b - (rest && b < 0 !== rest < 0);
    if (!quotient) return quotient === 0 ? copysign(0, a / b) : quotient;
    return Math.floor(quotient) + (quotient - Math.floor(quotient) > 0.5);
  }

  /** x·2ᵉ in three steps, since 2ᵉ alone may overflow. */
  function ldexp(x, e) {
    if (!Number.isInteger(e)) return x * 2 ** e;
    if (!x || !Number.isFinite(x)) return x;
    const third = Math.trunc(Math.max(-2200, Math.min(2200, e)) / 3);
    return x * 2 ** third * 2 ** third * 2 ** Math.max(-1000, Math.min(1000, e - 2 * third));
  }

  /** The length of (a, b), whose last digit is corrected by what a² + b² − length² leaves. */
  function hypot(a, b) {
    const long = Math.max(abs(a), abs(b)), scale = long > 1e150 ? 2 ** -600 : long < 1e-150 ? 2 ** 600 : 1;
    if (abs(a) === Infinity || abs(b) === Infinity) return Infinity;
    if (!long) return long;
    const x = long * scale, y = Math.min(abs(a), abs(b)) * scale, length = Math.sqrt(x * x + y * y);
    const past = length > 2 * y ? length - x : length - y;
    const left = length > 2 * y ? 2 * past * (x - 2 * y) + ((4 * past - y) * y + past * past) : x * (2 * past - x) + (past - 2 * (x - y)) * past;
    return (length - left / (2 * length)) / scale;
  }

  function nextAfter(a, b) {
    if (a === b || a !== a || b !== b) return a === b ? b : NaN;
    if (a === 0) return copysign(5e-324, b);
    const float = new Float64Array([a]), bits = new BigInt64Array(float.buffer);
    bits[0] += b > a === a > 0 ? 1n : -1n;
    return float[0];
  }

  /** A series of terms of one sign. */
  function erf(x) {
    if (!(abs(x) < 2)) return x !== x ? x : sign(x) * (1 - erfc(abs(x)));
    let term = x, total = x;
    for (let n = 1; total + term !== total; n++) total += term *= (2 * x * x) / (2 * n + 1);
    return (2 / ROOT_PI) * exp(-x * x) * total;
  }

  /** A continued fraction, which has settled in double precision from 2 on. */
  function erfc(x) {
    if (!(x >= 2)) return 1 - erf(x);
    let below = x;
    for (let k = 60; k; k--) below = x + k / 2 / below;
    return exp(-x * x) / (ROOT_PI * below);
  }
  const normalCdf = (x) => 0.5 * erfc(-x / Math.SQRT2), normalDensity = (x) => exp((-x * x) / 2) / ROOT_2PI;

  /** ln(eᵃ + eᵇ), also of base 2: `unit` is ln 2 there. */
  function logAddExp(a, b, unit = 1) {
    if (a === b) return a + Math.LN2 / unit;
    const gap = a - b;
    return gap === gap ? larger(a, b) + log1p(unit === 1 ? exp(-abs(gap)) : 2 ** -abs(gap)) / unit : gap;
  }

  function logit(p) {
    const s = 2 * (p - 0.5); // near ½ the quotient would lose digits
    return p < 0.3 || p > 0.65 ? log(p / (1 - p)) : log1p(s) - log1p(-s);
  }

  function twiceTanhArgument(x) { return 2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x); }
  function geluTanhSlope(x) {
    const part = sigmoid(twiceTanhArgument(x));
    return part * (1 + x * (1 - part) * (2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x)));
  }

  return {
    add: [(a, b) => a + b, 1, 1],
    subtract: [(a, b) => a - b, 1, -1],
    multiply: [(a, b) => a * b, (a, b) => b, (a) => a],
    divide: [(a, b) => a / b, (a, b) => 1 / b, (a, b, y) => -y / b],
    negative: [(x) => -x, -1],
    positive: [(x) => x, 1],
    copy: [(x) => x, 1],
    sign: [sign, shut],
    abs: [abs, sign],
    fabs: [abs, sign],
    power: [power, (a, b) => (b === 0 ? b : b * power(a, b - 1)), (a, b, y) => (a === 0 && b >= 0 ? 0 : y * log(a))],
    float_power: [power, (a, b) => (b === 0 ? b : b * power(a, b - 1)), (a, b, y) => (a === 0 && b >= 0 ? 0 : y * log(a))],
    square: [(x) => x * x, (x) => 2 * x],
    reciprocal: [(x) => 1 / x, (x, y) => -y * y],
    sqrt: [Math.sqrt, (x, y) => 0.5 / y],
    cbrt: [Math.cbrt, (x, y) => 1 / (3 * y * y)],
    exp: [exp, (x, y) => y],
    exp2: [(x) => 2 ** x, (x, y) => y * Math.LN2],
    expm1: [Math.expm1, (x, y) => y + 1],
    log: [log, (x) => 1 / x],
    log2: [Math.log2, (x) => 1 / (x * Math.LN2)],
    log10: [Math.log10, (x) => 1 / (x * Math.LN10)],
    log1p: [log1p, (x) => 1 / (1 + x)],
    logaddexp: [(a, b) => logAddExp(a, b), (a, b) => sigmoid(difference(a, b)), (a, b) => sigmoid(difference(b, a))],
    logaddexp2: [(a, b) => logAddExp(a, b, Math.LN2), (a, b) => sigmoid(difference(a, b) * Math.LN2), (a, b) => sigmoid(difference(b, a) * Math.LN2)],
    sin: [Math.sin, (x) => Math.cos(x)],
    cos: [Math.cos, (x) => -Math.sin(x)],
    tan: [Math.tan, (x, y) => 1 + y * y],
    sinh: [Math.sinh, (x) => Math.cosh(x)],
    cosh: [Math.cosh, (x) => Math.sinh(x)],
    tanh: [Math.tanh, (x, y) => 1 - y * y],
    arcsin: [Math.asin, (x) => 1 / Math.sqrt(1 - x * x)],
    arccos: [Math.acos, (x) => -1 / Math.sqrt(1 - x * x)],
    arctan: [Math.atan, (x) => 1 / (1 + x * x)],
    arcsinh: [Math.asinh, (x) => 1 / Math.sqrt(x * x + 1)],
    arccosh: [Math.acosh, (x) => 1 / (Math.sqrt(x - 1) * Math.sqrt(x + 1))],
    arctanh: [Math.atanh, (x) => 1 / (1 - x * x)],
    hypot: [hypot, (a, b, y) => ratio(a, y), (a, b, y) => ratio(b, y)],
    arctan2: [Math.atan2, (a, b) => ratio(ratio(b, hypot(a, b)), hypot(a, b)), (a, b) => -ratio(ratio(a, hypot(a, b)), hypot(a, b))],
    angle: [(x, deg) => Math.atan2(0, x) * (deg ? 180 / Math.PI : 1), shut],
    deg2rad: [(x) => x * (Math.PI / 180), Math.PI / 180],
    rad2deg: [(x) => x * (180 / Math.PI), 180 / Math.PI],
    maximum: [larger, (a, b) => share(a < b, a === b), (a, b) => share(b < a, a === b)],
    minimum: [smaller, (a, b) => share(a > b, a === b), (a, b) => share(b > a, a === b)],
    fmax: [(a, b) => (a >= b || b !== b ? a : b), (a, b) => a >= b || b !== b, (a, b) => a < b || (a !== a && b === b)],
    fmin: [(a, b) => (a <= b || b !== b ? a : b), (a, b) => a <= b || b !== b, (a, b) => a > b || (a !== a && b === b)],
    clip: [(x, low, high) => smaller(larger(x, low ?? -Infinity), high ?? Infinity), (x, y, low, high) => x >= (low ?? x) && x <= (high ?? x)],
    copysign: [copysign, (a, b) => sign(a) * copysign(1, b), shut],
    heaviside: [(x, at0) => (x === 0 ? at0 : x !== x ? x : +(x > 0)), shut, (x) => x === 0],
    nan_to_num: [(x, nan, high, low) => (x !== x ? nan : abs(x) < Infinity ? x : x > 0 ? high ?? Number.MAX_VALUE : low ?? -Number.MAX_VALUE), (x) => abs(x) < Infinity],
    floor: [Math.floor, shut],
    ceil: [Math.ceil, shut],
    rint: [rint, shut],
    trunc: [Math.trunc, shut],
    round: [(x, digits = 0) => (digits < 0 ? rint(x / 10 ** -digits) * 10 ** -digits : rint(x * 10 ** digits) / 10 ** digits), shut],
    fraction: [(x) => (abs(x) === Infinity ? copysign(0, x) : x % 1), 1],
    floor_divide: [floorDivide, shut, shut],
    remainder: [remainder, 1, (a, b) => -floorDivide(a, b)],
    fmod: [(a, b) => a % b, 1, (a, b, y) => -rint((a - y) / b)],
    ldexp: [ldexp, (x, e) => ldexp(1, e), (x, e, y) => y * Math.LN2],
    nextafter: [nextAfter, 1, shut],
    step: [(x) => +(x > 0), shut],
    relu: [(x) => (x < 0 ? 0 : x), (x) => !(x <= 0)],
    leaky_relu: [(x, slope = 0.01) => (x > 0 ? x : slope * x), (x, y, slope = 0.01) => (x > 0 ? 1 : slope)],
    elu: [(x, alpha = 1) => (x > 0 ? x : alpha * Math.expm1(x)), (x, y, alpha = 1) => (x > 0 ? 1 : y + alpha)],
    sigmoid: [sigmoid, (x, y) => y * (1 - y)],
    softplus: [(x) => larger(x, 0) + log1p(exp(-abs(x))), (x) => sigmoid(x)],
    silu: [(x) => x * sigmoid(x), (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x)))],
    gelu: [(x) => x * normalCdf(x), (x) => normalCdf(x) + x * normalDensity(x)],
    gelu_tanh: [(x) => x * sigmoid(twiceTanhArgument(x)), geluTanhSlope],
    erf: [erf, (x) => (2 / ROOT_PI) * exp(-x * x)],
    erfc: [erfc, (x) => (-2 / ROOT_PI) * exp(-x * x)],
    normal_cdf: [normalCdf, normalDensity],
    ndtr: [normalCdf, normalDensity],
    logit: [logit, (x) => 1 / (x * (1 - x))],
    log_expit: [(x) => (x > 0 ? -log1p(exp(-x)) : x - log1p(exp(x))), (x) => sigmoid(-x)],
    entr: [(x) => (x === 0 ? 0 : x < 0 ? -Infinity : -x * log(x)), (x) => -1 - log(x)],
    xlogy: [(a, b) => (a === 0 && b === b ? 0 : a * log(b)), (a, b) => log(undefinedLog(a, b) ? 1 : b), (a, b) => a / (undefinedLog(a, b) ? 1 : b)],
    xlog1py: [(a, b) => (a === 0 && b === b ? 0 : a * log1p(b)), (a, b) => log1p(undefinedLog(a, 1 + b) ? 0 : b), (a, b) => a / (undefinedLog(a, 1 + b) ? 1 : 1 + b)],
    binary_cross_entropy: [(p, t) => -(t * cutOff(log(p)) + (1 - t) * cutOff(log1p(-p))), (p, t) => (p - t) / larger(p * (1 - p), TINY), (p) => cutOff(log1p(-p)) - cutOff(log(p))],
    binary_cross_entropy_with_logits: [(x, t) => (1 - t) * x + larger(-x, 0) + log1p(exp(-abs(x))), (x, t) => sigmoid(x) - t, (x) => -x],
  };
})();
