"""A generator scored every epoch by 2,000 of its images, in memory that does not grow: training_loop.py REAL [WEIGHTS]"""
import sys
import torch
import bonafide

generator = torch.nn.Sequential(torch.nn.ConvTranspose2d(16, 3, 32), torch.nn.Tanh())  # 32 x 32, from -1 to 1
model = bonafide.Model(*sys.argv[2:])
metrics = bonafide.Metrics(model, ["fid"], real=sys.argv[1], range=(-1, 1))
for epoch in range(20):  # train the generator here
    for _ in range(20):
        with torch.no_grad():
            metrics.update(generator(torch.randn(100, 16, 1, 1)))
    print(epoch, metrics.compute()["frechet_inception_distance"])
    metrics.reset()
