// The least that a program on LibTorch can do for the seed case: load it, run the two modules, print the
// sizes. It leaves by quick_exit as shapedbg does; with an argument it returns from main, as most programs
// do.
#include <ATen/Parallel.h>
#include <torch/nn/modules/conv.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char**) {
  at::set_num_threads(1);
  const torch::NoGradGuard no_grad;
  torch::nn::Conv2d down(torch::nn::Conv2dOptions(128, 256, 3).stride(2).padding(1));
  torch::nn::ConvTranspose2d up(torch::nn::ConvTranspose2dOptions(256, 128, 3).stride(2).padding(1));
  down->eval();
  up->eval();
  const at::Tensor latent = down->forward(torch::rand({1, 128, 24, 24}));
  const at::Tensor output = up->forward(latent);
  std::printf("%ldx%ld %ldx%ld\n", static_cast<long>(latent.size(2)), static_cast<long>(latent.size(3)),
              static_cast<long>(output.size(2)), static_cast<long>(output.size(3)));
  std::fflush(stdout);
  if (argc < 2) std::quick_exit(0);
  return 0;
}
