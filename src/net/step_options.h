// Options of the steps that are functions of torch, not modules: arithmetic, splits, repeats. Part of
// kinds.cpp.
#pragma once

#include <vector>

#include "net/kinds.h"

namespace shapedbg::options {

inline const OptionInfo kAxes{
    Opt::dims, OptType::integers, true, {}, -64, 64, {}, "the axes; negative counts from the end"};
inline const OptionInfo kAxisFirst{Opt::dim, OptType::integer,
                                   false,    Value{std::int64_t{0}},
                                   -64,      64,
                                   {},       "the axis; negative counts from the end"};
inline const OptionInfo kOneAxis{Opt::dim, OptType::integers,       true, {}, -64, 64,
                                 {},       "the one axis to reduce"};
inline const OptionInfo kManyAxes{Opt::dim, OptType::integers, true, {}, -64, 64, {}, "axes to reduce"};
inline const OptionInfo kKeepdim{Opt::keepdim, OptType::boolean,      false, Value{false}, 0, 0,
                                 {},           "keeps them as size 1"};
inline constexpr std::int64_t kLargest = INT64_C(2147483647);

inline const std::vector<OptionInfo> arithmetic{
    {Opt::value, OptType::number, false, {}, 0, 0, {}, "the number that stands in place of a second input"}};
inline const std::vector<OptionInfo> clamp{{Opt::min, OptType::number, false, {}, 0, 0, {}, "smallest value"},
                                           {Opt::max, OptType::number, false, {}, 0, 0, {}, "largest value"}};
inline const std::vector<OptionInfo> masked_fill{
    {Opt::value, OptType::number, false, {}, 0, 0, {}, "what is put there; minus infinity when left out"}};
inline const std::vector<OptionInfo> grid_sample{
    {Opt::mode, OptType::word, false, Value{std::string("bilinear")}, 0, 0, "bilinear|nearest|bicubic",
     "how values between places are made"},
    {Opt::padding_mode, OptType::word, false, Value{std::string("zeros")}, 0, 0, "zeros|border|reflection",
     "what lies outside"},
    {Opt::align_corners,
     OptType::boolean,
     false,
     Value{false},
     0,
     0,
     {},
     "-1 and 1 are centres of elements"}};
inline const OptionInfo kAxisLast{Opt::dim, OptType::integer,
                                  false,    Value{std::int64_t{-1}},
                                  -64,      64,
                                  {},       "the axis; negative counts from the end"};
inline const std::vector<OptionInfo> dim_last{kAxisLast};
inline const std::vector<OptionInfo> topk{{Opt::k, OptType::integer, true, {}, 1, kLargest, {}, "how many"},
                                          kAxisLast};
inline const std::vector<OptionInfo> fft{
    {Opt::dim, OptType::integers, true, {}, -64, 64, {}, "the axes; negative counts from the end"},
    {Opt::n,
     OptType::sizes,
     false,
     {},
     1,
     kLargest,
     {},
     "sizes along dim that the signal is cut or padded to; of IRFFT those that it returns"},
    {Opt::norm, OptType::word, false, Value{std::string("backward")}, 0, 0, "backward|ortho|forward",
     "where the factor stands"}};
inline const OptionInfo kTransformed{Opt::n_fft, OptType::integer, true, {},
                                     1,          kLargest,         {},   "size of a window"};
inline const OptionInfo kHop{Opt::hop_length,
                             OptType::integer,
                             false,
                             {},
                             1,
                             kLargest,
                             {},
                             "step of the window; n_fft // 4 when left out"};
inline const OptionInfo kWindowed{Opt::win_length,
                                  OptType::integer,
                                  false,
                                  {},
                                  1,
                                  kLargest,
                                  {},
                                  "places of the window that count; n_fft when left out"};
inline const OptionInfo kCentered{Opt::center, OptType::boolean,
                                  false,       Value{true},
                                  0,           0,
                                  {},          "the first window stands around the first element"};
inline const OptionInfo kNormalized{
    Opt::normalized, OptType::boolean, false, Value{false}, 0, 0, {}, "divides by the root of n_fft"};
inline const OptionInfo kOnesided{
    Opt::onesided, OptType::boolean, false, Value{true}, 0, 0, {}, "the half that says all of real signals"};
inline const std::vector<OptionInfo> stft{
    kTransformed,
    kHop,
    kWindowed,
    kCentered,
    {Opt::padding_mode, OptType::word, false, Value{std::string("reflect")}, 0, 0,
     "reflect|constant|replicate|circular", "what lies outside where it is centred"},
    kNormalized,
    kOnesided};
inline const std::vector<OptionInfo> istft{
    kTransformed,
    kHop,
    kWindowed,
    kCentered,
    kNormalized,
    kOnesided,
    {Opt::length, OptType::sizes, false, {}, 1, kLargest, {}, "what it returns, a list of one size"}};
inline const std::vector<OptionInfo> reduce_one{kOneAxis, kKeepdim};
inline const std::vector<OptionInfo> reduce_norm{
    kManyAxes, kKeepdim, {Opt::p, OptType::number, false, Value{2.0}, 0, 0, {}, "the power"}};
inline const std::vector<OptionInfo> dim_zero{kAxisFirst};
inline const std::vector<OptionInfo> dims_required{kAxes};
inline const std::vector<OptionInfo> split{
    {Opt::split_size_or_sections,
     OptType::axes,
     true,
     {},
     1,
     kLargest,
     {},
     "the size of every part, of which the last may be smaller; or a list with the size of each"},
    kAxisFirst};
inline const std::vector<OptionInfo> select{
    {Opt::dim, OptType::integer, true, {}, -64, 64, {}, "the axis; negative counts from the end"},
    {Opt::index,
     OptType::integer,
     true,
     {},
     -kLargest,
     kLargest,
     {},
     "the place on that axis; negative counts from the end"}};
inline const std::vector<OptionInfo> expand{
    {Opt::size,
     OptType::sizes,
     true,
     {},
     -1,
     kLargest,
     {},
     "the size of every axis, new ones in front; -1 keeps; `in[1][0]` is axis 0 of the second input"}};
inline const std::vector<OptionInfo> repeat{{Opt::repeats,
                                             OptType::sizes,
                                             true,
                                             {},
                                             1,
                                             kLargest,
                                             {},
                                             "how often along each axis, new ones in front"}};
inline const std::vector<OptionInfo> repeat_interleave{
    {Opt::repeats, OptType::integer, true, {}, 1, kLargest, {}, "how often"},
    {Opt::dim, OptType::integer, true, {}, -64, 64, {}, "the axis; negative counts from the end"}};
inline const std::vector<OptionInfo> roll{
    {Opt::shifts, OptType::integers, true, {}, -kLargest, kLargest, {}, "by how many places along each axis"},
    kAxes};
inline const std::vector<OptionInfo> parameter{
    {Opt::shape, OptType::integers, true, {}, 1, kLargest, {}, "its sizes"},
    {Opt::requires_grad,
     OptType::boolean,
     false,
     Value{true},
     0,
     0,
     {},
     "is learned; a buffer or constant is not, and counts no parameters"},
    {Opt::dtype, OptType::word, false, Value{std::string("float32")}, 0, 0, "float32|int64",
     "what it holds"}};

}  // namespace shapedbg::options
