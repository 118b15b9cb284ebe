"""Two ranks that call the same collectives in different orders: gloo waits for ever, or fails."""
import torch
import torch.distributed as dist

dist.init_process_group("gloo")
loss, weights = torch.ones(4), torch.zeros(1024)
for _ in range(3):
    dist.all_reduce(loss)
if dist.get_rank() == 0:
    dist.all_reduce(weights)
    dist.broadcast(loss, src=0)
else:
    dist.broadcast(loss, src=0)
    dist.all_reduce(weights)
dist.destroy_process_group()
