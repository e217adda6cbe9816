// Fourier transforms, and complex numbers.
#include <numeric>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

// torch.fft.rfft2(input, s, dim, norm), rfft(input, n, dim, norm); "fft_rfft2" in an exported graph.
bool fourier(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  if (!mapping.live(input)) return false;
  std::string name = step.op();
  if (name.starts_with("fft_")) name.erase(0, 4);
  const char last = name.back();
  const bool flat = last == '2';
  const bool all = last == 'n';
  if (flat || all) name.pop_back();
  const std::string_view kind = name == "fft"    ? "FFT"
                                : name == "ifft" ? "IFFT"
                                : name == "rfft" ? "RFFT"
                                                 : "IRFFT";
  auto dims = fixed(step.integers("dim"));
  if (!dims) return false;
  const std::vector<Value> sizes = step.integers("n");
  if (dims->empty() && flat) dims = {-2, -1};
  if (dims->empty() && all) {  // the last ones that `s` counts, or all
    dims->resize(sizes.empty() ? mapping.rank(input) : sizes.size());
    std::iota(dims->begin(), dims->end(), -static_cast<std::int64_t>(dims->size()));
  }
  if (dims->empty()) dims = {-1};
  std::vector<int> inputs{input.tensor};
  std::vector<DraftSize> lengths;
  for (const Value& size : sizes) {
    if (size.integer < 1) return false;
    auto found = mapping.size_over({size.integer, size.formula, size.others}, std::nullopt, inputs);
    if (!found) return false;
    lengths.push_back(std::move(*found));
  }
  DraftLayer layer(kind);
  for (const int one : inputs) layer.inputs.push_back(mapping.ref(one));
  layer.set("dim", *dims);
  if (!lengths.empty()) layer.sizes("n", lengths);
  if (const std::string norm = step.text("norm"); norm == "ortho" || norm == "forward")
    layer.set("norm", norm);
  mapping.emit(step, std::move(layer));
  return true;
}

// The options that torch.stft and torch.istft share.
bool windows(const Mapping& mapping, const Step& step, bool centred, DraftLayer& layer) {
  const auto window = step.integer("n_fft");
  if (!window || !mapping.live(step["input"])) return false;
  layer.inputs = {mapping.ref(step["input"])};
  layer.set("n_fft", *window);
  const auto hop = step.integer("hop_length");
  if (hop && *hop != *window / 4) layer.set("hop_length", *hop);
  const auto counting = step.integer("win_length");
  if (counting && *counting != *window) layer.set("win_length", *counting);
  if (!step.flag("center", centred)) layer.set("center", false);
  if (step.flag("normalized")) layer.set("normalized", true);
  return true;
}

bool stft(Mapping& mapping, const Step& step) {
  DraftLayer layer("STFT");
  // The overload without `center` of an exported graph pads nothing.
  const bool centred = step.call().op != "aten.stft.default";
  if (!windows(mapping, step, centred, layer)) return false;
  if (step.given("pad_mode") && step.text("pad_mode") != "reflect" && step.flag("center", centred)) {
    const std::string mode = step.text("pad_mode");
    if (mode != "constant" && mode != "replicate" && mode != "circular") return false;
    layer.set("padding_mode", mode);
  }
  const bool complex = mapping.tensor(step["input"]).dtype.starts_with("complex");
  if (!step.flag("onesided", !complex)) layer.set("onesided", false);
  if (mapping.result(step).dtype.starts_with("complex")) {
    mapping.emit(step, std::move(layer));
    return true;
  }
  const Ref made = mapping.emit_before(step, std::move(layer));
  mapping.emit(step, DraftLayer("ViewAsReal", {made}));
  return true;
}

bool istft(Mapping& mapping, const Step& step) {
  DraftLayer layer("ISTFT");
  if (!windows(mapping, step, true, layer)) return false;
  if (step.given("onesided") && !step.flag("onesided", true)) layer.set("onesided", false);
  if (const Value& length = step["length"]; length.is(Value::Kind::integer)) {
    std::vector<int> inputs{step["input"].tensor};
    const auto size =
        mapping.size_over({length.integer, length.formula, length.others}, std::nullopt, inputs);
    if (!size) return false;
    layer.sizes("length", {*size});
    for (std::size_t i = 1; i < inputs.size(); ++i) layer.inputs.push_back(mapping.ref(inputs[i]));
  }
  mapping.emit(step, std::move(layer));
  return true;
}

bool one(Mapping& mapping, const Step& step, std::string_view kind) {
  if (!mapping.live(step["input"])) return false;
  mapping.emit(step, DraftLayer(kind, {mapping.ref(step["input"])}));
  return true;
}
bool as_real(Mapping& mapping, const Step& step) { return one(mapping, step, "ViewAsReal"); }
bool as_complex(Mapping& mapping, const Step& step) { return one(mapping, step, "ViewAsComplex"); }
bool real(Mapping& mapping, const Step& step) { return one(mapping, step, "Real"); }
bool imag(Mapping& mapping, const Step& step) { return one(mapping, step, "Imag"); }
bool angle(Mapping& mapping, const Step& step) { return one(mapping, step, "Angle"); }
bool conj(Mapping& mapping, const Step& step) { return one(mapping, step, "Conj"); }

bool two(Mapping& mapping, const Step& step, bool polar) {
  std::vector<Ref> refs;
  for (const std::string_view name : {"first", "second"}) {
    const Value& value = step[name];
    const auto ref = mapping.taken(step, value);
    if (!ref) return false;
    refs.push_back(*ref);
  }
  if (polar) {
    const Ref cos = mapping.emit_before(step, DraftLayer("Cos", {refs[1]}));
    const Ref sin = mapping.emit_before(step, DraftLayer("Sin", {refs[1]}));
    const Ref size = refs[0];
    refs = {mapping.emit_before(step, DraftLayer("Mul", {size, cos})),
            mapping.emit_before(step, DraftLayer("Mul", {size, sin}))};
  }
  mapping.emit(step, DraftLayer("Complex", refs));
  return true;
}
bool complex(Mapping& mapping, const Step& step) { return two(mapping, step, false); }
bool polar(Mapping& mapping, const Step& step) { return two(mapping, step, true); }

constexpr std::string_view kFourier = "input|self n|s dim norm";
constexpr std::string_view kOneSignal = "input|self";
constexpr Row kSignalRows[] = {
    {"fft", kFourier, fourier},
    {"fft2", kFourier, fourier},
    {"fftn", kFourier, fourier},
    {"ifft", kFourier, fourier},
    {"ifft2", kFourier, fourier},
    {"ifftn", kFourier, fourier},
    {"rfft", kFourier, fourier},
    {"rfft2", kFourier, fourier},
    {"rfftn", kFourier, fourier},
    {"irfft", kFourier, fourier},
    {"irfft2", kFourier, fourier},
    {"irfftn", kFourier, fourier},
    {"fft_fft", kFourier, fourier},
    {"fft_fft2", kFourier, fourier},
    {"fft_fftn", kFourier, fourier},
    {"fft_ifft", kFourier, fourier},
    {"fft_ifft2", kFourier, fourier},
    {"fft_ifftn", kFourier, fourier},
    {"fft_rfft", kFourier, fourier},
    {"fft_rfft2", kFourier, fourier},
    {"fft_rfftn", kFourier, fourier},
    {"fft_irfft", kFourier, fourier},
    {"fft_irfft2", kFourier, fourier},
    {"fft_irfftn", kFourier, fourier},
    {"stft",
     "input|self n_fft hop_length win_length window center pad_mode normalized onesided return_complex",
     stft},
    {"istft",
     "input|self n_fft hop_length win_length window center normalized onesided length return_complex", istft},
    {"view_as_real", kOneSignal, as_real},
    {"view_as_complex", kOneSignal, as_complex},
    {"real", kOneSignal, real},
    {"imag", kOneSignal, imag},
    {"angle", kOneSignal, angle},
    {"conj", kOneSignal, conj},
    {"_conj", kOneSignal, conj},
    {"conj_physical", kOneSignal, conj},
    {"complex", "first|real second|imag", complex},
    {"polar", "first|abs second|angle", polar},
};

}  // namespace

std::span<const Row> signal_rows() { return kSignalRows; }

}  // namespace shapedbg::aten
