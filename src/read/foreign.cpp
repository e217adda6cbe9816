#include "read/foreign.h"

#include <array>
#include <cstdint>

namespace shapedbg {
namespace {

// The bytes of a length in protobuf, from `at`.
std::size_t varint_bytes(std::string_view head, std::size_t at) {
  std::size_t count = 0;
  while (at + count < head.size() && (static_cast<unsigned char>(head[at + count]) & 0x80) != 0) ++count;
  return count + 1;
}

// SavedModel: schema version 1, then a graph whose first field is what TensorFlow says of itself. In an .onnx
// a name would stand there.
bool is_saved_model(std::string_view head) {
  if (!head.starts_with(std::string_view("\x08\x01\x12", 3))) return false;
  const std::size_t at = 3 + varint_bytes(head, 3);
  return at < head.size() && head[at] == '\x0a';
}

// safetensors: eight bytes of length, then JSON.
bool is_safetensors(std::string_view head) {
  if (head.size() < 10 || head[8] != '{' || (head[9] != '"' && head[9] != '}')) return false;
  return head[5] == 0 && head[6] == 0 && head[7] == 0 && head[4] == 0;
}

}  // namespace

std::string_view foreign_format(std::string_view head) {
  struct Format {
    std::string_view begins;
    std::string_view words;
  };
  using namespace std::string_view_literals;
  static constexpr std::array formats{
      Format{"\x89HDF"sv,
             "an HDF5 file (weights, or a model of Keras 2): model.save(\"model.keras\") or the text of "
             "model.to_json() can be read"},
      Format{"GGUF"sv, "GGUF: weights without a graph"},
      Format{"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46"sv,
             "weights or a pickled model (torch.save): the file holds no graph, and a pickle is never read; "
             "give the "
             "class, as unet.py:UNet"},
      Format{"\x80\x02"sv, "a pickle, which is never read; give the class, as unet.py:UNet"},
      Format{"\x80\x03"sv, "a pickle, which is never read; give the class, as unet.py:UNet"},
      Format{"\x80\x04"sv, "a pickle, which is never read; give the class, as unet.py:UNet"},
      Format{"\x80\x05"sv, "a pickle, which is never read; give the class, as unet.py:UNet"},
      Format{"\x93NUMPY"sv, "an array of NumPy: no network"},
      Format{"\x1f\x8b"sv, "a compressed file: unpack it first"},
      Format{"7767517"sv, "a network of ncnn: give the .onnx or .pt2 that it was made of"},
      Format{"[net]"sv, "a network of darknet: an .onnx made of it can be read"},
  };
  for (const Format& format : formats)
    if (head.starts_with(format.begins)) return format.words;
  if (head.size() > 8 && head.substr(4, 4) == "TFL3")
    return "a network of TensorFlow Lite: give the Keras model that it was made of, or an .onnx";
  if (is_saved_model(head))
    return "a SavedModel of TensorFlow: model.save(\"model.keras\") or an .onnx made of it can be read";
  if (is_safetensors(head)) return "safetensors: weights without a graph; give the class, as unet.py:UNet";
  const std::string_view start = head.substr(0, 512);
  if (start.starts_with("<?xml") && start.find("<net ") != std::string_view::npos)
    return "a network of OpenVINO: give the .onnx or .pt2 that it was made of";
  return {};
}

}  // namespace shapedbg
